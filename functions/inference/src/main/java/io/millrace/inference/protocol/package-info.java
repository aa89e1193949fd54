/**
 * Request and answer bodies: {@link io.millrace.inference.protocol.Invocations} and {@link
 * io.millrace.inference.protocol.OpenInference}. No HTTP here; servers and functions share it.
 */
@NullMarked
package io.millrace.inference.protocol;

import org.jspecify.annotations.NullMarked;
