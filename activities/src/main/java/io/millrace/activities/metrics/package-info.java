/**
 * Metrics of predictions, with their formulas. Start at {@link
 * io.millrace.activities.metrics.Metrics}.
 */
@NullMarked
package io.millrace.activities.metrics;

import org.jspecify.annotations.NullMarked;
