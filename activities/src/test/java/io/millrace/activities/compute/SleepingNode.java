package io.millrace.activities.compute;

/** Stands for a trainer that has nothing to do. */
public final class SleepingNode {
  private SleepingNode() {}

  /** Runs until it is told to end. */
  public static void main(String[] args) throws InterruptedException {
    Thread.sleep(600_000);
  }
}
