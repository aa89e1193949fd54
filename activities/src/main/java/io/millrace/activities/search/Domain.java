package io.millrace.activities.search;

import io.millrace.workflows.spec.DomainSpec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where one hyperparameter is looked for, as the unit interval: {@code [0, 1)} is cut or stretched
 * so that an even draw from it is an even draw of values on the domain's own scale.
 */
sealed interface Domain {
  /** Digits of a chosen number: more say nothing about a model and are hard to read. */
  MathContext DIGITS = new MathContext(4);

  /** The value at a place in {@code [0, 1)}. */
  Object at(double place);

  /** A place whose value this is: {@code at(place(v)).equals(v)}. */
  double place(Object value);

  /** Number of different values; {@link Integer#MAX_VALUE} when there is no end of them. */
  int size();

  /**
   * Values of a grid, ascending or in the spec's order.
   *
   * @param steps null for every value there is
   * @throws IllegalArgumentException when there is no end of them and no steps
   */
  List<Object> grid(@Nullable Integer steps);

  /** Whether values have no order. */
  default boolean unordered() {
    return false;
  }

  /** As the spec has it; checked before. */
  static Domain of(DomainSpec spec) {
    if (spec.whole() != null) {
      return new Whole(spec.whole().get(0), spec.whole().get(1));
    }
    if (spec.real() != null) {
      return new Real(spec.real().get(0), spec.real().get(1));
    }
    if (spec.log() != null) {
      return new Log(spec.log().get(0), spec.log().get(1));
    }
    if (spec.choice() != null) {
      return new Choice(spec.choice());
    }
    throw new IllegalArgumentException("search: {} (expected: one of int, real, log, choice)");
  }

  /** Whole numbers, each as likely. */
  record Whole(int low, int high) implements Domain {
    public Whole {
      ascending(low, high);
    }

    @Override
    public Object at(double place) {
      return (int) (low + (long) Math.floor(place * width()));
    }

    @Override
    public double place(Object value) {
      return (((Number) value).doubleValue() - low + 0.5) / width();
    }

    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, width());
    }

    @Override
    public List<Object> grid(@Nullable Integer steps) {
      int points = steps == null ? size() : Math.min(steps, size());
      Set<Object> values = new LinkedHashSet<>();
      for (int i = 0; i < points; i++) {
        values.add((int) (low + Math.round((double) i * (width() - 1) / Math.max(1, points - 1))));
      }
      return List.copyOf(values);
    }

    private long width() {
      return (long) high - low + 1;
    }
  }

  /** Numbers, evenly. */
  record Real(double low, double high) implements Domain {
    public Real {
      ascending(low, high);
    }

    @Override
    public Object at(double place) {
      return rounded(low + place * (high - low), low, high);
    }

    @Override
    public double place(Object value) {
      return inside((((Number) value).doubleValue() - low) / (high - low));
    }

    @Override
    public int size() {
      return Integer.MAX_VALUE;
    }

    @Override
    public List<Object> grid(@Nullable Integer steps) {
      return spaced(this, low, high, steps);
    }
  }

  /** Numbers above 0, evenly on a logarithmic scale. */
  record Log(double low, double high) implements Domain {
    public Log {
      ascending(low, high);
      if (!(low > 0)) {
        throw new IllegalArgumentException("log: " + low + " (expected: above 0)");
      }
    }

    @Override
    public Object at(double place) {
      return rounded(low * Math.exp(place * Math.log(high / low)), low, high);
    }

    @Override
    public double place(Object value) {
      return inside(Math.log(((Number) value).doubleValue() / low) / Math.log(high / low));
    }

    @Override
    public int size() {
      return Integer.MAX_VALUE;
    }

    @Override
    public List<Object> grid(@Nullable Integer steps) {
      return spaced(this, low, high, steps);
    }
  }

  /** One of a list, each as likely. */
  record Choice(List<Object> values) implements Domain {
    public Choice {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("choice: [] (expected: at least one value)");
      }
    }

    @Override
    public Object at(double place) {
      return values.get((int) Math.floor(place * values.size()));
    }

    @Override
    public double place(Object value) {
      return (values.indexOf(value) + 0.5) / values.size();
    }

    @Override
    public int size() {
      return values.size();
    }

    @Override
    public List<Object> grid(@Nullable Integer steps) {
      return values;
    }

    @Override
    public boolean unordered() {
      return true;
    }
  }

  private static void ascending(double low, double high) {
    if (!(low < high)) {
      throw new IllegalArgumentException(
          "range: [" + low + ", " + high + "] (expected: the lower first)");
    }
  }

  /** A number of few digits that is still within the bounds. */
  private static double rounded(double value, double low, double high) {
    double few = new BigDecimal(value).round(DIGITS).doubleValue();
    return Math.min(high, Math.max(low, few));
  }

  private static double inside(double place) {
    return Math.min(Math.nextDown(1.0), Math.max(0, place));
  }

  private static List<Object> spaced(
      Domain domain, double low, double high, @Nullable Integer steps) {
    if (steps == null) {
      throw new IllegalArgumentException("steps: nothing (expected: points of the grid)");
    }
    List<Object> values = new ArrayList<>();
    values.add(low);
    for (int i = 1; i < steps - 1; i++) {
      values.add(domain.at((double) i / (steps - 1)));
    }
    if (steps > 1) {
      values.add(high);
    }
    return List.copyOf(values);
  }
}
