/**
 * Metrics without labels, and when not to believe them. Start at {@link
 * io.millrace.activities.watch.estimate.ConfidenceEstimate} (classes) and {@link
 * io.millrace.activities.watch.estimate.LossEstimate} (numbers).
 */
@NullMarked
package io.millrace.activities.watch.estimate;

import org.jspecify.annotations.NullMarked;
