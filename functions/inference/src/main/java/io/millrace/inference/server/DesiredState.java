package io.millrace.inference.server;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What an endpoint is to serve.
 *
 * @param seq grows with every change
 * @param versions loaded ones; weights sum to 1, or all are 0: nothing is served then
 */
public record DesiredState(long seq, String endpoint, List<Version> versions) {
  public DesiredState {
    versions = List.copyOf(versions);
    double sum = 0;
    Set<Integer> numbers = new HashSet<>();
    for (Version version : versions) {
      sum += version.weight();
      if (!numbers.add(version.version())) {
        throw new IllegalArgumentException(
            "versions: " + version.version() + " twice (expected: every version once)");
      }
    }
    if (sum != 0 && Math.abs(sum - 1) > 1e-6) {
      throw new IllegalArgumentException("weights: " + sum + " (expected: a sum of 1, or all 0)");
    }
  }

  /**
   * One version.
   *
   * @param prefix where its package is
   * @param digest of its package
   * @param weight share of the requests it answers, 0..1
   * @param shadow share of the requests that are mirrored to it, 0..1: it answers them too and
   *     nobody sees what it says; 0 for one that has weight
   */
  public record Version(int version, String prefix, String digest, double weight, double shadow) {
    public Version(int version, String prefix, String digest, double weight) {
      this(version, prefix, digest, weight, 0);
    }

    public Version {
      if (version < 1) {
        throw new IllegalArgumentException("version: " + version + " (expected: >= 1)");
      }
      if (!(weight >= 0 && weight <= 1)) {
        throw new IllegalArgumentException("weight: " + weight + " (expected: 0..1)");
      }
      if (!(shadow >= 0 && shadow <= 1) || (shadow > 0 && weight > 0)) {
        throw new IllegalArgumentException(
            "shadow: " + shadow + " (expected: 0..1, and 0 beside a weight)");
      }
    }
  }
}
