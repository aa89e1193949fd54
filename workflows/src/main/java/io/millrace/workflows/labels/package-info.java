/**
 * What came true, as it is checked and kept: no I/O, and nothing of Temporal, so that a function
 * loads little. Start at {@link io.millrace.workflows.labels.LabelBatch}.
 */
@NullMarked
package io.millrace.workflows.labels;

import org.jspecify.annotations.NullMarked;
