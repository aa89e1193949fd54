/**
 * Nodes that run trials, one adapter per kind: {@link io.millrace.activities.compute.LocalCompute},
 * {@link io.millrace.activities.compute.DockerCompute}, {@link
 * io.millrace.activities.compute.Ec2Compute}, behind {@link
 * io.millrace.activities.compute.ComputeKinds}. {@link io.millrace.activities.compute.SpotNotice}
 * is what a node knows of its end; {@link io.millrace.activities.compute.JavaLaunch} says how a
 * process of ours is started.
 */
@NullMarked
package io.millrace.activities.compute;

import org.jspecify.annotations.NullMarked;
