/**
 * Nodes that run trials. Start at {@link io.millrace.activities.compute.LocalCompute}; {@link
 * io.millrace.activities.compute.JavaLaunch} says how a process of ours is started.
 */
@NullMarked
package io.millrace.activities.compute;

import org.jspecify.annotations.NullMarked;
