/** What came true. Start at {@link io.millrace.events.labels.LabelIntake}. */
@NullMarked
package io.millrace.events.labels;

import org.jspecify.annotations.NullMarked;
