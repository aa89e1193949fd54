package io.millrace.workflows.pool;

/**
 * What went wrong so far, each kind with a budget of its own.
 *
 * @param interruptions nodes that were lost after they had begun, or that were warned; benign
 * @param failedStarts nodes that ended within seconds of their start
 * @param failedStartsInRow the same since one of them stayed
 * @param refusals orders that could not be filled
 * @param refusalsInRow the same since one was filled, where nothing else was left to try
 * @param waits orders in a row that were not filled, whatever the reason; sets the pause
 */
public record Counts(
    int interruptions,
    int failedStarts,
    int failedStartsInRow,
    int refusals,
    int refusalsInRow,
    int waits) {
  static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0);
}
