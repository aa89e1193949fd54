/** The one JSON shape. Start at {@link io.millrace.workflows.wire.PayloadJson}. */
@NullMarked
package io.millrace.workflows.wire;

import org.jspecify.annotations.NullMarked;
