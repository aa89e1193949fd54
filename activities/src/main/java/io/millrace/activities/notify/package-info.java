/** Tells people. Start at {@link io.millrace.activities.notify.Notifiers}. */
@NullMarked
package io.millrace.activities.notify;

import org.jspecify.annotations.NullMarked;
