/** The shapes events come in. Start at {@link io.millrace.events.event.Deliveries}. */
@NullMarked
package io.millrace.events.event;

import org.jspecify.annotations.NullMarked;
