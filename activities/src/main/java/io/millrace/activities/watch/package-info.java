/**
 * Looks at what endpoints predicted. Start at {@link io.millrace.activities.watch.DriftWatch} (the
 * check), {@link io.millrace.activities.watch.ColumnDrift} (one column's verdict) and {@link
 * io.millrace.activities.watch.Labels} (what came true).
 */
@NullMarked
package io.millrace.activities.watch;

import org.jspecify.annotations.NullMarked;
