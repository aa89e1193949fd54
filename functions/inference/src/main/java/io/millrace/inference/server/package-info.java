/**
 * The model server: Open Inference Protocol v2 (REST), {@code /invocations}, health and metrics
 * over the versions of one endpoint. Start at {@link io.millrace.inference.server.ModelServer};
 * what it needs from outside are {@link io.millrace.inference.server.DesiredStates}, {@link
 * io.millrace.inference.server.PackageSource} and {@link io.millrace.inference.log.LogSink}.
 */
@NullMarked
package io.millrace.inference.server;

import org.jspecify.annotations.NullMarked;
