package io.millrace.inference.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One feature of all rows, {@code (N)}.
 *
 * @param datatype of the Open Inference Protocol: FP64, FP32, INT64, BYTES or BOOL
 * @param values Double, Long, String, Boolean; null is missing, which JSON can say and bytes cannot
 */
public record InputTensor(String name, String datatype, List<@Nullable Object> values) {
  public InputTensor {
    values = java.util.Collections.unmodifiableList(new ArrayList<>(values));
  }

  /** FP64; NaN is missing. */
  public static InputTensor numbers(String name, double... values) {
    List<@Nullable Object> list = new ArrayList<>(values.length);
    for (double value : values) {
      list.add(Double.isNaN(value) ? null : (Object) value);
    }
    return new InputTensor(name, "FP64", list);
  }

  /** INT64. */
  public static InputTensor wholes(String name, long... values) {
    List<@Nullable Object> list = new ArrayList<>(values.length);
    for (long value : values) {
      list.add(value);
    }
    return new InputTensor(name, "INT64", list);
  }

  /** BYTES, as UTF-8. */
  public static InputTensor texts(String name, @Nullable String... values) {
    return new InputTensor(name, "BYTES", new ArrayList<>(Arrays.asList(values)));
  }

  boolean hasMissing() {
    return values.contains(null);
  }
}
