/**
 * From {@code pipeline.yaml} to a complete {@code Spec}. Start at {@link
 * io.millrace.activities.spec.SpecParser}; the defaults are in {@link
 * io.millrace.activities.spec.SpecDefaults}.
 */
@NullMarked
package io.millrace.activities.spec;

import org.jspecify.annotations.NullMarked;
