/**
 * What columns do for a served model: how much of its estimated quality a drifted column costs
 * ({@link io.millrace.activities.watch.attribution.ColumnImpact}), and whether it still goes by the
 * same columns ({@link io.millrace.activities.watch.attribution.RankingDrift}).
 */
@NullMarked
package io.millrace.activities.watch.attribution;

import org.jspecify.annotations.NullMarked;
