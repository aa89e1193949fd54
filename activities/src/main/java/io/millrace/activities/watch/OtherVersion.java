package io.millrace.activities.watch;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a version that serves beside the champion answered while the champion's windows lasted.
 *
 * @param weight its share of the traffic now, 0..1; 0 for a shadow
 * @param rows that it answered
 * @param rate predictions a second since the first of them
 * @param newest time of its newest prediction
 * @param due rows whose labels are due; 0 where nobody asks for labels
 * @param labelled those of them that have one
 */
record OtherVersion(
    int version,
    double weight,
    long rows,
    double rate,
    @Nullable Instant newest,
    long due,
    long labelled) {}
