/**
 * Scores dataset versions with the runtime that serves. Start at {@link
 * io.millrace.activities.scoring.DatasetScorer}.
 */
@NullMarked
package io.millrace.activities.scoring;

import org.jspecify.annotations.NullMarked;
