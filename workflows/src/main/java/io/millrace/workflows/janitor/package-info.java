/** Looks after what nobody looks after any more. Start at {@link Janitor}. */
@NullMarked
package io.millrace.workflows.janitor;

import org.jspecify.annotations.NullMarked;
