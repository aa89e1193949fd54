/** Answers by link. Start at {@link io.millrace.events.approve.LinkDesk}. */
@NullMarked
package io.millrace.events.approve;

import org.jspecify.annotations.NullMarked;
