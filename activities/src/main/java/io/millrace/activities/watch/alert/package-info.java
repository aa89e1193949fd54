/**
 * Alerts of an endpoint: what is remembered ({@link io.millrace.activities.watch.alert.AlertLog}),
 * when one opens and recovers ({@link io.millrace.activities.watch.alert.AlertBoard}), and by which
 * rules.
 */
@NullMarked
package io.millrace.activities.watch.alert;

import org.jspecify.annotations.NullMarked;
