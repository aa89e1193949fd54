/** Rows in, predictions out. Start at {@link io.millrace.events.score.Scorer}. */
@NullMarked
package io.millrace.events.score;

import org.jspecify.annotations.NullMarked;
