/** The Spec: what a user writes, as records. Start at {@link io.millrace.workflows.spec.Spec}. */
@NullMarked
package io.millrace.workflows.spec;

import org.jspecify.annotations.NullMarked;
