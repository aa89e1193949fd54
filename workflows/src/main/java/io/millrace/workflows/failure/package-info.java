/** Typed failures. Start at {@link io.millrace.workflows.failure.FailureType}. */
@NullMarked
package io.millrace.workflows.failure;

import org.jspecify.annotations.NullMarked;
