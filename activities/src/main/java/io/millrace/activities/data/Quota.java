package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.workflows.spec.SplitSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows of a stratum still wanted for the splits other than train. Mutable. */
final class Quota {
  /** By number. */
  static final List<String> PARTS =
      List.of(DatasetManifest.TRAIN, DatasetManifest.VALIDATION, DatasetManifest.TEST);

  static final int TRAIN = 0;
  static final int VALIDATION = 1;
  static final int TEST = 2;

  private long test;
  private long validation;

  private Quota(long test, long validation) {
    this.test = test;
    this.validation = validation;
  }

  /** Of a stratum without rows. */
  static Quota none() {
    return new Quota(0, 0);
  }

  /**
   * By stratum; over all strata exact to a row, by largest remainders.
   *
   * @param learned of each stratum one row at least is trained on
   */
  static Map<String, Quota> of(Map<String, Long> sizes, SplitSpec spec, boolean learned) {
    Map<String, Long> test = LargestRemainders.share(sizes, spec.test());
    Map<String, Long> validation = LargestRemainders.share(sizes, spec.validation());
    Map<String, Quota> quotas = new TreeMap<>();
    for (String stratum : sizes.keySet()) {
      long first = test.getOrDefault(stratum, 0L);
      long second = validation.getOrDefault(stratum, 0L);
      if (learned) {
        long rest = sizes.getOrDefault(stratum, 0L) - 1;
        first = Math.min(first, rest);
        second = Math.min(second, rest - first);
      }
      quotas.put(stratum, new Quota(first, second));
    }
    return quotas;
  }

  /** Where so many rows go that stay together. */
  int take(long rows) {
    if (rows <= test) {
      test -= rows;
      return TEST;
    }
    if (rows <= validation) {
      validation -= rows;
      return VALIDATION;
    }
    return TRAIN;
  }

  /**
   * Takes so many rows for a split, in whatever sets they come.
   *
   * @return false, and nothing is taken, where it depends on the sets
   */
  boolean takeAll(int part, long rows) {
    if (part == TEST && rows <= test) {
      test -= rows;
      return true;
    }
    if (part == VALIDATION && test == 0 && rows <= validation) {
      validation -= rows;
      return true;
    }
    return false;
  }

  /** Whether all that come now are trained on. */
  boolean spent() {
    return test == 0 && validation == 0;
  }
}
