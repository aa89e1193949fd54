package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.inference.model.Encoder;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A dataset version as a trial sees it: features and encodings learned on the training split, both
 * splits encoded by the code that serves.
 */
public record TabularData(
    DatasetManifest manifest,
    List<Feature> features,
    List<Encoding> encodings,
    Rows train,
    Rows validation) {
  /** One gibibyte of inputs in memory; more columns times rows get fewer bins. */
  private static final long MOST_INPUTS = 1L << 28;

  /** A column's values, their sorted copy, and what sorting may need. */
  private static final long LEARNING_BYTES = 3 * Double.BYTES;

  /**
   * Reads a column at a time to learn from, then the rows in blocks to encode: neither split is in
   * memory as it is stored.
   *
   * @param wanted its bins are halved until there are at most {@value #MOST_INPUTS} inputs
   * @param memory what there is; checked before it is taken
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when a split is empty or
   *     the table is too large, and as {@link Datasets}
   */
  static TabularData read(
      Datasets datasets, DatasetRef dataset, EncodingPlan wanted, NodeMemory memory) {
    DatasetManifest manifest = datasets.manifest(dataset);
    if (manifest.features().isEmpty()) {
      throw Failures.of(FailureType.DATA_INVALID, "features: 0 (expected: > 0)");
    }
    long training = rows(manifest, DatasetManifest.TRAIN);
    long held = rows(manifest, DatasetManifest.VALIDATION);
    EncodingPlan fitting = wanted;
    List<EncodingLearner.Learned> learned = learn(datasets, dataset, manifest, fitting, memory);
    while (fitting.bins() > 0 && width(learned) * training > MOST_INPUTS) {
      fitting = fitting.withBins(fitting.bins() / 2);
      learned = learn(datasets, dataset, manifest, fitting, memory);
    }
    long width = width(learned);
    if (width * training > MOST_INPUTS) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "rows times inputs: "
              + training
              + " x "
              + width
              + " = "
              + width * training
              + " (expected: at most "
              + MOST_INPUTS
              + " in the training split; take fewer rows or columns)");
    }
    memory.forRows(training, held, width);
    List<Feature> features = learned.stream().map(EncodingLearner.Learned::feature).toList();
    List<Encoding> encodings = learned.stream().map(EncodingLearner.Learned::encoding).toList();
    Encoder encoder = encoder(features, encodings);
    return new TabularData(
        manifest,
        features,
        encodings,
        encode(datasets, dataset, manifest, features, encoder, DatasetManifest.TRAIN),
        encode(datasets, dataset, manifest, features, encoder, DatasetManifest.VALIDATION));
  }

  /** Number of float32 inputs. */
  public int width() {
    return encodings.stream().mapToInt(Encoding::width).sum();
  }

  private static long rows(DatasetManifest manifest, String split) {
    long rows =
        manifest.parts().stream()
            .filter(part -> part.split().equals(split))
            .mapToLong(DatasetManifest.Part::rows)
            .sum();
    if (rows == 0) {
      throw Failures.of(FailureType.DATA_INVALID, split + ": 0 rows (expected: > 0)");
    }
    return rows;
  }

  private static List<EncodingLearner.Learned> learn(
      Datasets datasets,
      DatasetRef dataset,
      DatasetManifest manifest,
      EncodingPlan plan,
      NodeMemory memory) {
    EncodingLearner learner = new EncodingLearner(plan);
    long rows = rows(manifest, DatasetManifest.TRAIN);
    memory.forColumns(DatasetManifest.TRAIN, rows, LEARNING_BYTES);
    List<EncodingLearner.Learned> learned = new ArrayList<>();
    for (ColumnInfo column : manifest.features()) {
      learned.add(
          learner.learn(
              column, datasets.read(dataset, DatasetManifest.TRAIN, List.of(column.name()))));
    }
    if (!plan.together()) {
      return learned;
    }
    long columns = manifest.features().size();
    memory.forColumns(DatasetManifest.TRAIN, rows, Double.BYTES * columns);
    return EncodingLearner.together(learned, datasets.read(dataset, DatasetManifest.TRAIN));
  }

  private static long width(List<EncodingLearner.Learned> learned) {
    return learned.stream().mapToLong(l -> l.encoding().width()).sum();
  }

  private static Rows encode(
      Datasets datasets,
      DatasetRef dataset,
      DatasetManifest manifest,
      List<Feature> features,
      Encoder encoder,
      String split) {
    int width = encoder.width();
    double[] labels =
        Datasets.labels(manifest, datasets.read(dataset, split, List.of(manifest.target())));
    Rows rows = Rows.allocate(width, labels);
    FloatBuffer inputs = rows.inputs().asFloatBuffer();
    float[][] block = {new float[0]};
    datasets.read(
        dataset,
        split,
        features.stream().map(Feature::name).toList(),
        table -> {
          int size = table.rows() * width;
          if (block[0].length < size) {
            block[0] = new float[size];
          }
          List<Object> columns = columns(features, table);
          for (int feature = 0; feature < columns.size(); feature++) {
            switch (columns.get(feature)) {
              case double[] numbers -> encoder.encode(feature, numbers, table.rows(), block[0]);
              case String[] texts -> encoder.encode(feature, texts, table.rows(), block[0]);
              default -> throw new IllegalStateException("a column is numbers or texts");
            }
          }
          inputs.put(block[0], 0, size);
        });
    return rows;
  }

  /** A table as {@code ModelRuntime} takes it: in the features' order. */
  static List<Object> columns(List<Feature> features, Table table) {
    List<Object> columns = new ArrayList<>();
    for (Feature feature : features) {
      columns.add(
          feature.kind() == Feature.Kind.NUMBER
              ? table.numbers(feature.name())
              : table.categories(feature.name()));
    }
    return columns;
  }

  /** The encoder looks at the encodings only, so the rest of the manifest may come later. */
  private static Encoder encoder(List<Feature> features, List<Encoding> encodings) {
    return new Encoder(
        new ModelManifest(
            1,
            "unnamed",
            "binary",
            "none",
            features,
            encodings,
            encodings.stream().mapToInt(Encoding::width).sum(),
            new ModelManifest.Graph("none", "", Fitted.INPUT, Fitted.OUTPUT),
            new ModelManifest.Output("none", List.of(), 0.5)));
  }
}
