package io.millrace.inference.model;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** How a feature becomes float32 inputs. Learned on the training split only. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Encoding.Standard.class, name = "standard"),
  @JsonSubTypes.Type(value = Encoding.PiecewiseLinear.class, name = "piecewise-linear"),
  @JsonSubTypes.Type(value = Encoding.OneHot.class, name = "one-hot"),
  @JsonSubTypes.Type(value = Encoding.Raw.class, name = "raw"),
  @JsonSubTypes.Type(value = Encoding.Index.class, name = "index")
})
public sealed interface Encoding {
  /** How many inputs. */
  int width();

  /**
   * {@code (x - mean) / scale}; missing becomes {@code (impute - mean) / scale}, followed by 1
   * (missing) or 0 when {@code indicator}.
   *
   * @param scale standard deviation, 1 when it is 0
   */
  record Standard(double mean, double scale, double impute, boolean indicator) implements Encoding {
    @Override
    public int width() {
      return indicator ? 2 : 1;
    }
  }

  /**
   * One input per interval between neighbouring edges: {@code (x - edge[k]) / (edge[k + 1] -
   * edge[k])} clipped to 0..1, so intervals below x are 1, those above are 0, and x outside the
   * edges counts as the nearest edge (Gorishniy et al. 2022, "On Embeddings for Numerical Features
   * in Tabular Deep Learning"). A linear model over it is piecewise linear in x, and heavy tails
   * cannot blow up. Missing counts as {@code impute}, followed by 1 (missing) or 0 when {@code
   * indicator}.
   *
   * @param edges ascending, no two equal, at least two
   */
  record PiecewiseLinear(List<Double> edges, double impute, boolean indicator) implements Encoding {
    public PiecewiseLinear {
      edges = List.copyOf(edges);
      boolean ascending = edges.size() >= 2;
      for (int i = 1; i < edges.size(); i++) {
        ascending &= edges.get(i - 1) < edges.get(i);
      }
      if (!ascending) {
        throw new IllegalArgumentException(
            "edges: " + edges + " (expected: two or more, ascending)");
      }
    }

    @Override
    public int width() {
      return edges.size() - 1 + (indicator ? 1 : 0);
    }
  }

  /** The value itself, as float32; missing is NaN. For graphs that know what to do with it. */
  record Raw() implements Encoding {
    @Override
    public int width() {
      return 1;
    }
  }

  /** Of a category: its levels have positions 0, 1, …, then every other value, then missing. */
  sealed interface Categorical extends Encoding {
    /** Values with a position of their own, none twice. */
    List<String> levels();

    /** Number of positions: the levels', that of other values, that of missing. */
    default int positions() {
      return levels().size() + 2;
    }
  }

  /** One input per position of {@link Categorical}: 1 at the value's, 0 elsewhere. */
  record OneHot(List<String> levels) implements Categorical {
    public OneHot {
      levels = List.copyOf(levels);
    }

    @Override
    public int width() {
      return positions();
    }
  }

  /**
   * One input, the position of {@link Categorical} as a number, by which the graph looks up a row
   * of a table. At most {@value #MOST} levels: every whole number up to there is a float32.
   */
  record Index(List<String> levels) implements Categorical {
    /** 2 to the 24th, less the positions of other values and of missing. */
    public static final int MOST = (1 << 24) - 2;

    public Index {
      levels = List.copyOf(levels);
    }

    @Override
    public int width() {
      return 1;
    }
  }
}
