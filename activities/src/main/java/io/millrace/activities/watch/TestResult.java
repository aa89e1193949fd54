package io.millrace.activities.watch;

import org.jspecify.annotations.Nullable;

/**
 * Outcome of a significance test.
 *
 * @param statistic the test's own: D for KS (0..1), chi-squared (0 or more)
 * @param pValue probability of a statistic at least this great when nothing changed, 0..1; null
 *     when the test could not be computed (a side without values, or a single level on both)
 */
public record TestResult(double statistic, @Nullable Double pValue) {}
