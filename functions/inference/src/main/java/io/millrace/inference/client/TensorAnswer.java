package io.millrace.inference.client;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to tensors.
 *
 * @param requestId as in the prediction log
 * @param version that answered; null when the server does not know
 * @param outputs by name
 */
public record TensorAnswer(
    String requestId,
    String model,
    @Nullable Integer version,
    Map<String, TensorAnswer.Output> outputs) {
  public TensorAnswer {
    outputs = Map.copyOf(outputs);
  }

  /**
   * An output.
   *
   * @param shape {@code [N]} or {@code [N, columns]}
   * @param values row-major: Double for numbers, Boolean, or String for BYTES
   */
  public record Output(String datatype, List<Long> shape, List<Object> values) {
    public Output {
      shape = List.copyOf(shape);
      values = List.copyOf(values);
    }

    /** The values as numbers. @throws IllegalStateException when they are none */
    public double[] numbers() {
      return values.stream()
          .mapToDouble(
              value -> {
                if (value instanceof Number number) {
                  return number.doubleValue();
                }
                throw new IllegalStateException("output: " + datatype + " (expected: numbers)");
              })
          .toArray();
    }
  }
}
