/**
 * Changes what endpoints serve. Start at {@link io.millrace.activities.deploy.LocalTarget}; {@link
 * io.millrace.activities.deploy.Endpoints} reads what there is.
 */
@NullMarked
package io.millrace.activities.deploy;

import org.jspecify.annotations.NullMarked;
