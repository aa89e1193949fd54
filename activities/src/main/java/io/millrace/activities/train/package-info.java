/**
 * Trains one trial on DJL's PyTorch engine, resumably. Start at {@link
 * io.millrace.activities.train.DjlTrainer}; {@link io.millrace.activities.train.TrainingLoop} is
 * the loop, {@link io.millrace.activities.train.CheckpointStore} what makes it survive, {@link
 * io.millrace.activities.train.ModelFamily} what a new family implements.
 */
@NullMarked
package io.millrace.activities.train;

import org.jspecify.annotations.NullMarked;
