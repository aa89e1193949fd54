package io.millrace.activities.train.container;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.train.Rows;
import io.millrace.activities.train.TabularData;
import io.millrace.activities.train.Trial;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files an image finds and those it writes; {@code infra/docs/families.md} is the same for
 * people. All numbers in matrices are little-endian.
 */
final class Contract {
  static final String IN = "/millrace/in";
  static final String CHECKPOINT = "/millrace/checkpoint";
  static final String OUT = "/millrace/out";

  static final String HEADER = "header.json";
  static final String METRICS = "metrics.jsonl";
  static final String MODEL = "model.onnx";
  static final String SCORES = "scores.f32";

  private Contract() {}

  /**
   * {@code header.json}.
   *
   * @param task what a score is: {@code binary}, {@code multiclass} or {@code regression}
   * @param classes the target's values, the positive one last for binary; empty for regression
   * @param outputs columns of the scores: 1, or one per class for multiclass
   * @param width float32 inputs of a row
   * @param checkpoint folder under {@link #CHECKPOINT} to go on from; null at the start
   * @param epochs epochs that were closed before that checkpoint
   */
  record Header(
      int format,
      String task,
      String target,
      List<String> classes,
      int outputs,
      int width,
      List<Column> columns,
      Split train,
      Split validation,
      long seed,
      int threads,
      int maxEpochs,
      int patience,
      int batchSize,
      String metric,
      String goal,
      long checkpointEverySeconds,
      Map<String, Object> hyperparameters,
      @Nullable String checkpoint,
      int epochs) {}

  /**
   * @param kind {@code NUMBER} or {@code CATEGORY}
   * @param first index of its first input
   * @param encoding how its values became inputs, as a package's {@code model.json} says it
   */
  record Column(String name, String kind, int first, int width, Encoding encoding) {}

  /**
   * Names of files under {@link #IN}.
   *
   * @param inputs {@code (rows, width) float32}, row-major
   * @param labels {@code (rows) float64}: 0 or 1, the class's index, or the value
   * @param tables Parquet files with the rows as they are stored, in the same order
   */
  record Split(int rows, String inputs, String labels, List<String> tables) {}

  /** Writes everything an image reads. */
  static void write(
      Trial trial, TabularData data, Map<String, Object> own, ContainerState state, Path in)
      throws IOException {
    TrialRequest request = trial.request();
    List<Column> columns = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < data.features().size(); i++) {
      Feature feature = data.features().get(i);
      Encoding encoding = data.encodings().get(i);
      columns.add(
          new Column(feature.name(), feature.kind().name(), first, encoding.width(), encoding));
      first += encoding.width();
    }
    Header header =
        new Header(
            1,
            request.task().scored().word(),
            data.manifest().target(),
            data.manifest().classes(),
            outputs(request, data),
            data.width(),
            columns,
            split(trial, DatasetManifest.TRAIN, data.train(), in),
            split(trial, DatasetManifest.VALIDATION, data.validation(), in),
            request.seed(),
            request.threads(),
            request.maxEpochs(),
            request.patience(),
            request.batchSize(),
            request.objective().metric(),
            request.objective().maximise() ? "max" : "min",
            request.checkpoint().every().toSeconds(),
            new TreeMap<>(own),
            state.folder(),
            state.history().size());
    Files.write(
        in.resolve(HEADER),
        PayloadJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(header));
  }

  /** Columns of the scores. */
  static int outputs(TrialRequest request, TabularData data) {
    return switch (request.task().scored()) {
      case MULTICLASS -> data.manifest().classes().size();
      default -> 1;
    };
  }

  private static Split split(Trial trial, String name, Rows rows, Path in) throws IOException {
    String inputs = name + ".inputs.f32";
    String labels = name + ".labels.f64";
    // the encoder's buffer is in native order, which is little-endian on every platform we run on
    write(in.resolve(inputs), rows.inputs().duplicate().clear());
    ByteBuffer values =
        ByteBuffer.allocate(Math.multiplyExact(8, rows.rows())).order(ByteOrder.LITTLE_ENDIAN);
    values.asDoubleBuffer().put(rows.labels());
    write(in.resolve(labels), values);
    List<String> tables = new ArrayList<>();
    for (Path file : trial.datasets().files(trial.request().dataset(), name)) {
      String table = name + "-" + tables.size() + ".parquet";
      // a copy, not a link: what an image may touch is never the cache
      Files.copy(file, in.resolve(table), StandardCopyOption.REPLACE_EXISTING);
      tables.add(table);
    }
    return new Split(rows.rows(), inputs, labels, tables);
  }

  private static void write(Path file, ByteBuffer bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }
}
