/** Objects in buckets. Start at {@link io.millrace.events.object.Buckets}. */
@NullMarked
package io.millrace.events.object;

import org.jspecify.annotations.NullMarked;
