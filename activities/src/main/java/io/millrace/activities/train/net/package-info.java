/**
 * Nets on DJL's PyTorch engine: {@link io.millrace.activities.train.net.NetFamily} is a family of
 * them, {@link io.millrace.activities.train.net.TrainingLoop} the loop, {@link
 * io.millrace.activities.train.net.OnnxGraph} what is served.
 */
@NullMarked
package io.millrace.activities.train.net;

import org.jspecify.annotations.NullMarked;
