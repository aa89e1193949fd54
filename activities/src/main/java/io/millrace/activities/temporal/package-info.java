/** Adapters that reach Temporal itself: the model's steward and the schedules. */
@NullMarked
package io.millrace.activities.temporal;

import org.jspecify.annotations.NullMarked;
