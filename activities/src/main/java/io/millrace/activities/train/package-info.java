/**
 * Trains one trial, resumably. Start at {@link io.millrace.activities.train.FamilyTrainer}; {@link
 * io.millrace.activities.train.ModelFamily} is what a new family implements, {@link
 * io.millrace.activities.train.Trial} what it is given, {@link
 * io.millrace.activities.train.CheckpointStore} what makes it survive.
 */
@NullMarked
package io.millrace.activities.train;

import org.jspecify.annotations.NullMarked;
