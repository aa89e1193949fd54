/**
 * The prediction log: what a server answered, in gzipped JSON lines with a profile beside each
 * part. Start at {@link io.millrace.inference.log.PredictionLog}.
 */
@NullMarked
package io.millrace.inference.log;

import org.jspecify.annotations.NullMarked;
