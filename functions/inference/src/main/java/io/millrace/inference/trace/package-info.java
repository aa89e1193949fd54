/**
 * Traces of requests. Start at {@link io.millrace.inference.trace.Traces}; {@link
 * io.millrace.inference.trace.OtlpTraces} sends them to an OpenTelemetry collector.
 */
@NullMarked
package io.millrace.inference.trace;

import org.jspecify.annotations.NullMarked;
