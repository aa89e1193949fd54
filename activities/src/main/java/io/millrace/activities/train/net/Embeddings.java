package io.millrace.activities.train.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.millrace.inference.model.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The front of a net over mixed columns: inputs of numbers and of one-hot categories pass through,
 * each indexed category becomes its row of a learned table {@code (positions, dimension)}.
 *
 * @param fields in the order of the output
 * @param unseen chance of a value to count as one that was never seen, while training
 */
record Embeddings(List<Field> fields, double unseen) implements Layer {
  Embeddings {
    fields = List.copyOf(fields);
  }

  /** Some of the inputs. */
  sealed interface Field {
    int outputs();
  }

  /** Inputs {@code from .. from + outputs}, as they are. */
  record Passed(int from, int outputs) implements Field {}

  /** An index input and the table that it looks up. */
  record Looked(int from, int positions, int outputs) implements Field {}

  /**
   * The fields of encodings.
   *
   * @param skip columns, by place, that are left out
   * @param dimension of every table; 0 for {@link #dimension}
   */
  static List<Field> fields(List<Encoding> encodings, Set<Integer> skip, int dimension) {
    List<Field> fields = new ArrayList<>();
    int at = 0;
    for (int column = 0; column < encodings.size(); column++) {
      Encoding encoding = encodings.get(column);
      if (!skip.contains(column)) {
        if (encoding instanceof Encoding.Index index) {
          int outputs = dimension == 0 ? dimension(index.levels().size()) : dimension;
          fields.add(new Looked(at, index.positions(), outputs));
        } else if (!fields.isEmpty()
            && fields.getLast() instanceof Passed before
            && before.from() + before.outputs() == at) {
          int outputs = before.outputs() + encoding.width();
          fields.set(fields.size() - 1, new Passed(before.from(), outputs));
        } else {
          fields.add(new Passed(at, encoding.width()));
        }
      }
      at += encoding.width();
    }
    return fields;
  }

  /**
   * {@code 1.6 levels^0.56}, at most 600: the rule fastai found over many tables (Howard and Gugger
   * 2020, "fastai: A Layered API for Deep Learning").
   */
  static int dimension(int levels) {
    return Math.clamp(Math.round(1.6 * Math.pow(levels, 0.56)), 1, 600);
  }

  @Override
  public Shape output(Shape input) {
    return new Shape(fields.stream().mapToLong(Field::outputs).sum());
  }

  @Override
  public List<Shape> shapes(Shape input) {
    return looked().stream().map(field -> new Shape(field.positions(), field.outputs())).toList();
  }

  private List<Looked> looked() {
    return fields.stream().filter(Looked.class::isInstance).map(Looked.class::cast).toList();
  }

  /** Rows of length 1 in the mean: as long as the one-hot inputs which they stand for. */
  @Override
  public float[][] initial(Shape input, SplittableRandom random) {
    return looked().stream()
        .map(
            field ->
                Normal.table(
                    random, field.positions(), field.outputs(), 1 / Math.sqrt(field.outputs())))
        .toArray(float[][]::new);
  }

  @Override
  public NDArray forward(NDArray x, List<NDArray> parameters, boolean training) {
    NDList parts = new NDList();
    int next = 0;
    for (Field field : fields) {
      parts.add(
          switch (field) {
            case Passed passed -> Lookup.columns(x, passed.from(), passed.outputs());
            case Looked looked ->
                Lookup.rows(
                    Lookup.positions(x, looked.from(), looked.positions(), training ? unseen : 0),
                    parameters.get(next++));
          });
    }
    return parts.size() == 1 ? parts.head() : NDArrays.concat(parts, 1);
  }

  @Override
  public boolean stochastic() {
    return unseen > 0 && !looked().isEmpty();
  }

  @Override
  public String write(OnnxGraph graph, String x, Shape input, float[][] values) {
    List<String> parts = new ArrayList<>();
    int next = 0;
    for (Field field : fields) {
      parts.add(
          switch (field) {
            case Passed passed ->
                graph.node(
                    "Slice",
                    List.of(
                        x,
                        graph.wholes(new Shape(1), passed.from()),
                        graph.wholes(new Shape(1), passed.from() + passed.outputs()),
                        graph.wholes(new Shape(1), 1)));
            case Looked looked -> {
              String positions = graph.positions(x, looked.from());
              String table =
                  graph.tensor(new Shape(looked.positions(), looked.outputs()), values[next++]);
              yield graph.node("Gather", List.of(table, positions));
            }
          });
    }
    return parts.size() == 1
        ? parts.getFirst()
        : graph.node("Concat", parts, OnnxGraph.whole("axis", 1));
  }
}
