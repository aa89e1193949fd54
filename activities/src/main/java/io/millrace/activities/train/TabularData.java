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

  /** Rows encoded at a time. */
  private static final int BLOCK = 4096;

  /**
   * @param wanted its bins are halved until the table fits in memory
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when a split is empty or
   *     the table is too large, and as {@link Datasets}
   */
  static TabularData read(Datasets datasets, DatasetRef dataset, EncodingPlan wanted) {
    DatasetManifest manifest = datasets.manifest(dataset);
    if (manifest.features().isEmpty()) {
      throw Failures.of(FailureType.DATA_INVALID, "features: 0 (expected: > 0)");
    }
    Table training = split(datasets, dataset, DatasetManifest.TRAIN);
    Table held = split(datasets, dataset, DatasetManifest.VALIDATION);
    EncodingPlan fitting = wanted;
    List<EncodingLearner.Learned> learned = learn(manifest, training, fitting);
    while (fitting.bins() > 0 && inputs(learned, training) > MOST_INPUTS) {
      fitting = fitting.withBins(fitting.bins() / 2);
      learned = learn(manifest, training, fitting);
    }
    if (inputs(learned, training) > MOST_INPUTS) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "rows times inputs: "
              + inputs(learned, training)
              + " (expected: at most "
              + MOST_INPUTS
              + " in the training split)");
    }
    List<Feature> features = learned.stream().map(EncodingLearner.Learned::feature).toList();
    List<Encoding> encodings = learned.stream().map(EncodingLearner.Learned::encoding).toList();
    return new TabularData(
        manifest,
        features,
        encodings,
        encode(manifest, features, encodings, training),
        encode(manifest, features, encodings, held));
  }

  /** Number of float32 inputs. */
  public int width() {
    return encodings.stream().mapToInt(Encoding::width).sum();
  }

  private static Table split(Datasets datasets, DatasetRef dataset, String split) {
    Table table = datasets.read(dataset, split);
    if (table.rows() == 0) {
      throw Failures.of(FailureType.DATA_INVALID, split + ": 0 rows (expected: > 0)");
    }
    return table;
  }

  private static List<EncodingLearner.Learned> learn(
      DatasetManifest manifest, Table training, EncodingPlan plan) {
    EncodingLearner learner = new EncodingLearner(plan);
    List<EncodingLearner.Learned> learned = new ArrayList<>();
    for (ColumnInfo column : manifest.features()) {
      learned.add(learner.learn(column, training));
    }
    return plan.together() ? EncodingLearner.together(learned, training) : learned;
  }

  private static long inputs(List<EncodingLearner.Learned> learned, Table table) {
    return learned.stream().mapToLong(l -> l.encoding().width()).sum() * table.rows();
  }

  static Rows encode(
      DatasetManifest manifest, List<Feature> features, List<Encoding> encodings, Table table) {
    Encoder encoder = encoder(features, encodings);
    int width = encoder.width();
    List<Object> columns = columns(features, table);
    Rows rows = Rows.allocate(width, Datasets.labels(manifest, table));
    FloatBuffer inputs = rows.inputs().asFloatBuffer();
    float[] block = new float[BLOCK * width];
    for (int from = 0; from < table.rows(); from += BLOCK) {
      int count = Math.min(BLOCK, table.rows() - from);
      for (int feature = 0; feature < columns.size(); feature++) {
        switch (columns.get(feature)) {
          case double[] numbers -> encoder.encode(feature, numbers, from, count, block);
          case String[] texts -> encoder.encode(feature, texts, from, count, block);
          default -> throw new IllegalStateException("a column is numbers or texts");
        }
      }
      inputs.put(block, 0, count * width);
    }
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
