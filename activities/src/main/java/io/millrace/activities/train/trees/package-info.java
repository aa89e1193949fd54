/**
 * Gradient-boosted trees: {@link io.millrace.activities.train.trees.BoostedTreesFamily} is the
 * family, {@link io.millrace.activities.train.trees.Boosting} the loop, {@link
 * io.millrace.activities.train.trees.Grower} the edge to XGBoost, {@link
 * io.millrace.activities.train.trees.TreeGraph} what is served.
 */
@NullMarked
package io.millrace.activities.train.trees;

import org.jspecify.annotations.NullMarked;
