package io.millrace.inference.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows into the graph's input, by the manifest. The one piece of preprocessing there is:
 * training, gates and serving all call it. Thread-safe.
 */
public final class Encoder {
  /**
   * Inputs are held within ±1e30: a finite but absurd number must not become an infinite float, of
   * which a graph makes NaN.
   */
  private static final double LIMIT = 1e30;

  private final int width;
  private final List<Encoding> encodings;
  private final int[] offsets;
  private final List<Map<String, Integer>> levels;
  private final List<double[]> edges;

  public Encoder(ModelManifest manifest) {
    width = manifest.width();
    encodings = manifest.encodings();
    offsets = new int[encodings.size()];
    List<Map<String, Integer>> indexes = new ArrayList<>();
    List<double[]> arrays = new ArrayList<>();
    int offset = 0;
    for (int i = 0; i < encodings.size(); i++) {
      offsets[i] = offset;
      offset += encodings.get(i).width();
      Map<String, Integer> index = new HashMap<>();
      if (encodings.get(i) instanceof Encoding.Categorical categorical) {
        for (String level : categorical.levels()) {
          index.put(level, index.size());
        }
      }
      indexes.add(index);
      arrays.add(
          encodings.get(i) instanceof Encoding.PiecewiseLinear piecewise
              ? piecewise.edges().stream().mapToDouble(Double::doubleValue).toArray()
              : new double[0]);
    }
    levels = List.copyOf(indexes);
    edges = List.copyOf(arrays);
  }

  /** Number of float32 inputs per row. */
  public int width() {
    return width;
  }

  /**
   * Encodes one numeric column of a block.
   *
   * @param feature index into the manifest's features; its kind is NUMBER
   * @param values {@code (rows)}; NaN is missing
   * @param out {@code (rows, width)} row-major; only this feature's inputs are written
   */
  public void encode(int feature, double[] values, int rows, float[] out) {
    encode(feature, values, 0, rows, out);
  }

  /** The same for {@code rows} rows from row {@code from} of the column on. */
  public void encode(int feature, double[] values, int from, int rows, float[] out) {
    Encoding encoding = encodings.get(feature);
    // no switch over types: its bootstrap costs a function's start several milliseconds
    if (encoding instanceof Encoding.Standard standard) {
      standard(standard, feature, values, from, rows, out);
    } else if (encoding instanceof Encoding.PiecewiseLinear piecewise) {
      piecewise(feature, piecewise, values, from, rows, out);
    } else if (encoding instanceof Encoding.Raw) {
      raw(offsets[feature], values, from, rows, out);
    } else {
      throw new IllegalArgumentException("feature " + feature + ": numbers (expected: texts)");
    }
  }

  private void standard(
      Encoding.Standard standard, int feature, double[] values, int from, int rows, float[] out) {
    double mean = standard.mean();
    double scale = standard.scale();
    float imputed = input((standard.impute() - mean) / scale);
    boolean indicator = standard.indicator();
    int at = offsets[feature];
    for (int row = 0; row < rows; row++, at += width) {
      double value = values[from + row];
      boolean missing = Double.isNaN(value);
      out[at] = missing ? imputed : input((value - mean) / scale);
      if (indicator) {
        out[at + 1] = missing ? 1 : 0;
      }
    }
  }

  private void raw(int offset, double[] values, int from, int rows, float[] out) {
    int at = offset;
    for (int row = 0; row < rows; row++, at += width) {
      // NaN stays what it is: neither bound holds for it
      out[at] = input(values[from + row]);
    }
  }

  private void piecewise(
      int feature,
      Encoding.PiecewiseLinear piecewise,
      double[] values,
      int from,
      int rows,
      float[] out) {
    double[] ascending = edges.get(feature);
    int bins = ascending.length - 1;
    int at = offsets[feature];
    for (int row = 0; row < rows; row++, at += width) {
      double value = values[from + row];
      boolean missing = Double.isNaN(value);
      if (missing) {
        value = piecewise.impute();
      }
      for (int bin = 0; bin < bins; bin++) {
        double low = ascending[bin];
        // not the quotient alone: both differences may be infinite at the ends of the doubles
        out[at + bin] =
            value <= low
                ? 0
                : value >= ascending[bin + 1]
                    ? 1
                    : (float) ((value / 2 - low / 2) / (ascending[bin + 1] / 2 - low / 2));
      }
      if (piecewise.indicator()) {
        out[at + bins] = missing ? 1 : 0;
      }
    }
  }

  /**
   * Encodes one category column of a block.
   *
   * @param values {@code (rows)}; null is missing
   * @param out {@code (rows, width)} row-major; only this feature's inputs are written
   */
  public void encode(int feature, @Nullable String[] values, int rows, float[] out) {
    encode(feature, values, 0, rows, out);
  }

  /** The same for {@code rows} rows from row {@code from} of the column on. */
  public void encode(int feature, @Nullable String[] values, int from, int rows, float[] out) {
    if (!(encodings.get(feature) instanceof Encoding.Categorical categorical)) {
      throw new IllegalArgumentException("feature " + feature + ": texts (expected: numbers)");
    }
    Map<String, Integer> index = levels.get(feature);
    int other = categorical.levels().size();
    boolean one = categorical instanceof Encoding.Index;
    int at = offsets[feature];
    for (int row = 0; row < rows; row++, at += width) {
      String value = values[from + row];
      int position = value == null ? other + 1 : index.getOrDefault(value, other);
      if (one) {
        out[at] = position;
      } else {
        // the buffer is used again: the zeros are written too
        Arrays.fill(out, at, at + other + 2, 0f);
        out[at + position] = 1f;
      }
    }
  }

  private static float input(double value) {
    return (float) Math.max(-LIMIT, Math.min(LIMIT, value));
  }
}
