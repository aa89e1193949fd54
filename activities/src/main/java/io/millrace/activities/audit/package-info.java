/**
 * The audit log: who did what, when and why, in a chain of hashes. Start at {@link
 * io.millrace.activities.audit.HashChainAudit}.
 */
@NullMarked
package io.millrace.activities.audit;

import org.jspecify.annotations.NullMarked;
