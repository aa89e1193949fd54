/**
 * Answers for a run from outside: no I/O, no clock, and nothing of Temporal, so that a function
 * loads little. Start at {@link io.millrace.workflows.approval.ApprovalLink}.
 */
@NullMarked
package io.millrace.workflows.approval;

import org.jspecify.annotations.NullMarked;
