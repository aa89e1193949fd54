package io.millrace.activities.compute;

/** What a sweep knows of runs. */
@FunctionalInterface
public interface RunEnded {
  /** True only when it is certain; a server that does not answer says nothing. */
  boolean ended(String runId);
}
