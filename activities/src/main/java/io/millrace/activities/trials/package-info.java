/**
 * What is kept of every trial of a run: what was asked, each attempt with where it went on from and
 * how it ended, what came of it. {@link io.millrace.activities.trials.AttemptLog} writes on the
 * node, {@link io.millrace.activities.trials.Trials} reads.
 */
@NullMarked
package io.millrace.activities.trials;

import org.jspecify.annotations.NullMarked;
