/** Heartbeats of activities whose work is one long call. */
@NullMarked
package io.millrace.activities.heartbeat;

import org.jspecify.annotations.NullMarked;
