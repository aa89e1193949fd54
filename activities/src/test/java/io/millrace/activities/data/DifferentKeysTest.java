package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class DifferentKeysTest {
  private static void counts(DifferentKeys keys, int added, LongUnaryOperator key) {
    keys.clear(added);
    Set<Long> expected = new HashSet<>();
    for (int i = 0; i < added; i++) {
      keys.add(key.applyAsLong(i));
      expected.add(key.applyAsLong(i));
    }
    assertThat(keys.size()).isEqualTo(expected.size());
  }

  @Test
  void size_isThatOfASet_andForgottenWhenCleared() {
    DifferentKeys keys = new DifferentKeys(100_000);
    long[] random = new Random(7).longs(100_000).toArray();
    counts(keys, 100_000, i -> random[(int) i]);
    counts(keys, 100_000, i -> i);
    counts(keys, 100_000, i -> i << 40);
    counts(keys, 100_000, i -> random[(int) i] % 100);
    counts(keys, 1, i -> 0);
    counts(keys, 3, i -> i);
    counts(keys, 0, i -> i);
  }
}
