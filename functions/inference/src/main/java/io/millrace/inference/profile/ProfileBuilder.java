package io.millrace.inference.profile;

import io.millrace.inference.model.Feature;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a profile, row by row: add the values of a row, then end the row. Not thread-safe. */
public final class ProfileBuilder {
  private final List<Growing> columns;
  private long rows;

  private sealed interface Growing {
    ColumnProfile build();

    long seen();

    void missing(long rows);
  }

  private static final class Numbers implements Growing {
    final String name;
    final QuantileSketch sketch = new QuantileSketch();
    long missing;
    double mean;
    double m2;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double[] finite = new double[0];

    Numbers(String name) {
      this.name = name;
    }

    void add(double value) {
      if (!Double.isFinite(value)) {
        missing++;
        return;
      }
      double plain = value == 0 ? 0.0 : value; // no -0.0: it would sort below 0.0
      sketch.add(plain);
      double delta = plain - mean;
      mean += delta / sketch.count();
      m2 += delta * (plain - mean);
      min = Math.min(min, plain);
      max = Math.max(max, plain);
    }

    /** Moments of the rows first, then merged (Chan et al. 1979): no division for each value. */
    void addAll(double[] values, int rows) {
      if (finite.length < rows) {
        finite = new double[rows];
      }
      int size = 0;
      double sum = 0;
      double least = min;
      double greatest = max;
      for (int i = 0; i < rows; i++) {
        double value = values[i] + 0.0; // no -0.0
        if (Double.isFinite(value)) {
          finite[size++] = value;
          sum += value;
          // neither NaN nor -0.0: comparing is enough
          least = value < least ? value : least;
          greatest = value > greatest ? value : greatest;
        }
      }
      missing += rows - size;
      if (size == 0) {
        return;
      }
      double middle = sum / size;
      double squares = 0;
      for (int i = 0; i < size; i++) {
        double value = finite[i];
        squares += (value - middle) * (value - middle);
      }
      min = least;
      max = greatest;
      NumberProfile.Moments both =
          new NumberProfile.Moments(mean, m2, min, max)
              .merge(sketch.count(), new NumberProfile.Moments(middle, squares, min, max), size);
      mean = both.mean();
      m2 = both.m2();
      sketch.addAll(finite, size);
    }

    void addAll(NumberMoments moments, List<double[]> values) {
      NumberProfile.Moments known =
          new NumberProfile.Moments(moments.mean(), moments.m2(), moments.min(), moments.max());
      long before = sketch.count();
      for (double[] value : values) {
        sketch.add(value[0] + 0.0, Math.round(value[1]));
      }
      NumberProfile.Moments both =
          new NumberProfile.Moments(mean, m2, min, max)
              .merge(before, known, sketch.count() - before);
      mean = both.mean();
      m2 = both.m2();
      min = both.min();
      max = both.max();
    }

    @Override
    public long seen() {
      return sketch.count() + missing;
    }

    @Override
    public void missing(long rows) {
      missing += rows;
    }

    @Override
    public NumberProfile build() {
      return new NumberProfile(
          name, missing, new NumberProfile.Moments(mean, m2, min, max), sketch.copy());
    }
  }

  private static final class Categories implements Growing {
    final String name;
    final Levels levels = new Levels();
    long missing;

    Categories(String name) {
      this.name = name;
    }

    @Override
    public long seen() {
      return levels.count() + missing;
    }

    @Override
    public void missing(long rows) {
      missing += rows;
    }

    @Override
    public CategoryProfile build() {
      return new CategoryProfile(name, missing, levels.copy());
    }
  }

  public ProfileBuilder(List<Profile.Column> columns) {
    List<Growing> growing = new ArrayList<>();
    for (Profile.Column column : columns) {
      growing.add(
          column.kind() == Feature.Kind.NUMBER
              ? new Numbers(column.name())
              : new Categories(column.name()));
    }
    this.columns = List.copyOf(growing);
  }

  /**
   * Adds a number of the row.
   *
   * @param value NaN and infinities are counted as missing
   * @throws IllegalArgumentException when the column holds texts
   */
  public void add(int column, double value) {
    if (!(columns.get(column) instanceof Numbers numbers)) {
      throw new IllegalArgumentException("column " + column + ": a number (expected: a text)");
    }
    numbers.add(value);
  }

  /**
   * Adds a text of the row.
   *
   * @param value null is missing
   * @throws IllegalArgumentException when the column holds numbers and the value is not null
   */
  public void add(int column, @Nullable String value) {
    if (value == null) {
      columns.get(column).missing(1);
    } else if (columns.get(column) instanceof Categories categories) {
      categories.levels.add(value);
    } else {
      throw new IllegalArgumentException("column " + column + ": a text (expected: a number)");
    }
  }

  /**
   * Adds the numbers of several rows at once, much faster than one by one; {@link #endRows} ends
   * them. Counts and quantiles are the same as one by one, moments within rounding.
   *
   * @param values NaN and infinities are counted as missing
   * @param rows how many of the values
   * @throws IllegalArgumentException when the column holds texts
   */
  public void addAll(int column, double[] values, int rows) {
    if (!(columns.get(column) instanceof Numbers numbers)) {
      throw new IllegalArgumentException("column " + column + ": numbers (expected: texts)");
    }
    numbers.addAll(values, rows);
  }

  /**
   * Adds a text that several rows have; {@link #endRows} ends them.
   *
   * @param value null is missing
   * @throws IllegalArgumentException when the column holds numbers and the value is not null
   */
  public void addAll(int column, @Nullable String value, long rows) {
    if (value == null) {
      columns.get(column).missing(rows);
    } else if (columns.get(column) instanceof Categories categories) {
      categories.levels.add(value, rows);
    } else {
      throw new IllegalArgumentException("column " + column + ": a text (expected: numbers)");
    }
  }

  /**
   * What somebody else computed of numbers.
   *
   * @param m2 sum of squared differences from the mean
   */
  public record NumberMoments(double mean, double m2, double min, double max) {
    /** Of no numbers. */
    public static final NumberMoments NONE =
        new NumberMoments(0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
  }

  /**
   * Adds numbers that somebody else counted; {@link #endRows} ends them.
   *
   * @param values finite ones, each with the number of rows it stands for
   * @throws IllegalArgumentException when the column holds texts
   */
  public void addAll(int column, NumberMoments moments, List<double[]> values) {
    if (!(columns.get(column) instanceof Numbers numbers)) {
      throw new IllegalArgumentException("column " + column + ": numbers (expected: texts)");
    }
    numbers.addAll(moments, values);
  }

  /** Ends so many rows; a column that got fewer values is missing in the others. */
  public void endRows(long ended) {
    rows += ended - 1;
    endRow();
  }

  /** Ends the row; a column that got nothing is missing in it. */
  public void endRow() {
    rows++;
    for (Growing column : columns) {
      long seen = column.seen();
      if (seen > rows) {
        throw new IllegalStateException("a column got " + seen + " values in " + rows + " rows");
      }
      column.missing(rows - seen);
    }
  }

  /** Rows ended so far. */
  public long rows() {
    return rows;
  }

  /** The profile of the rows so far; the builder can go on. */
  public Profile build() {
    return new Profile(rows, columns.stream().map(Growing::build).toList());
  }
}
