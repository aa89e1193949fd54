/**
 * Whether a registered version can be made again from what its provenance says. Start at {@link
 * io.millrace.activities.reproduce.Reproduction}.
 */
@NullMarked
package io.millrace.activities.reproduce;

import org.jspecify.annotations.NullMarked;
