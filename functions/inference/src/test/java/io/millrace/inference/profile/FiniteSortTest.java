package io.millrace.inference.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class FiniteSortTest {
  @Test
  void sort_ofAnyFiniteValues_givesTheOrderOfTheLibrary() {
    Random random = new Random(7);
    List<DoubleUnaryOperator> kinds =
        List.of(
            i -> random.nextGaussian(),
            i -> Math.exp(5 * random.nextGaussian()),
            i -> random.nextInt(20),
            i -> random.nextInt(2) == 0 ? -0.0 : 0.0,
            i -> 4,
            i -> i,
            i -> -i,
            i -> i == 0 ? Double.MAX_VALUE : 1 + 1e-13 * random.nextInt(400),
            i -> i == 0 ? -Double.MAX_VALUE : i == 1 ? Double.MAX_VALUE : random.nextDouble(),
            i -> Double.MIN_VALUE * random.nextInt(5_000) - 100 * Double.MIN_VALUE);
    for (int kind = 0; kind < kinds.size(); kind++) {
      for (int size : new int[] {0, 1, 2, 127, 128, 129, 600, 2_048, 6_145, 20_000}) {
        double[] values = new double[size + 3];
        for (int i = 0; i < values.length; i++) {
          values[i] = kinds.get(kind).applyAsDouble(i);
        }
        double[] expected = values.clone();
        Arrays.sort(expected, 0, size);
        FiniteSort.sort(values, size);
        assertThat(bits(values)).as("kind %d of %d", kind, size).isEqualTo(bits(expected));
      }
    }
  }

  private static long[] bits(double[] values) {
    return Arrays.stream(values).mapToLong(Double::doubleToRawLongBits).toArray();
  }
}
