package io.millrace.activities.train;

import java.util.List;
import java.util.Map;

/**
 * Checked values, one for each hyperparameter of a family.
 *
 * @param values by name, as {@link Hyperparameter#read} gave them
 */
public record Hyperparameters(Map<String, Object> values) {
  public Hyperparameters {
    values = Map.copyOf(values);
  }

  /** Of a {@link Hyperparameter.Real}. */
  public double real(String name) {
    return (double) value(name);
  }

  /** Of a {@link Hyperparameter.Whole}. */
  public int whole(String name) {
    return (int) value(name);
  }

  /** Of a {@link Hyperparameter.Wholes}. */
  public List<Integer> wholes(String name) {
    return ((List<?>) value(name)).stream().map(Integer.class::cast).toList();
  }

  /** Of a {@link Hyperparameter.Choice} or a {@link Hyperparameter.Text}. */
  public String text(String name) {
    return (String) value(name);
  }

  /** Of a {@link Hyperparameter.Texts}. */
  public List<String> texts(String name) {
    return ((List<?>) value(name)).stream().map(String.class::cast).toList();
  }

  private Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " (expected: one of " + values.keySet() + ")");
    }
    return value;
  }
}
