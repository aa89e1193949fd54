/**
 * Lambda handlers around the runs and the deployed models. Start at {@link
 * io.millrace.events.StartPipeline}, {@link io.millrace.events.Approve}, {@link
 * io.millrace.events.Score} and {@link io.millrace.events.IngestLabels}. The first two are packaged
 * with the Temporal client, the others with the S3 and Lambda clients and without Temporal, so that
 * each loads what it needs.
 */
@NullMarked
package io.millrace.events;

import org.jspecify.annotations.NullMarked;
