/** The processes of one machine: Temporal server, worker, and the keeper that restarts them. */
@NullMarked
package io.millrace.infra.local;

import org.jspecify.annotations.NullMarked;
