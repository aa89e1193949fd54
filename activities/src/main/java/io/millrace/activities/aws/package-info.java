/**
 * Clients of AWS with bounded waits: {@link io.millrace.activities.aws.AwsClients} makes them all,
 * each place says its {@link io.millrace.activities.aws.AwsBounds}.
 */
@NullMarked
package io.millrace.activities.aws;

import org.jspecify.annotations.NullMarked;
