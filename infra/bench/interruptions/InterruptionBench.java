package io.millrace.activities.train;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.trials.AttemptLog;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One attempt of a trial, for the bench of interruptions: {@code prepare STORE ROWS} publishes the
 * data, {@code fit STORE RUN EVERY_MILLIS EPOCHS} trains. It prints {@code at EPOCHS} each 10 ms,
 * where the epoch under way counts by its share, and ends with {@code done}, or with {@code
 * interrupted} after a line on its standard input. In the trainer's package, since a trial's parts
 * are nobody else's.
 */
public final class InterruptionBench {
  private static final int COLUMNS = 30;

  private InterruptionBench() {}

  public static void main(String[] args) throws Exception {
    FileStore store = new FileStore(Path.of(args[1]));
    Path scratch = Path.of(args[1]).resolveSibling("scratch");
    if (args[0].equals("prepare")) {
      prepare(store, scratch, Integer.parseInt(args[2]));
      return;
    }
    DatasetRef dataset =
        PayloadJson.mapper()
            .readValue(Files.readAllBytes(scratch.resolve("dataset.json")), DatasetRef.class);
    Duration every = Duration.ofMillis(Long.parseLong(args[3]));
    TrialRequest request = request(dataset, args[2], every, Integer.parseInt(args[4]));
    Interruption interruption = new Interruption();
    Thread.ofPlatform()
        .daemon(true)
        .start(
            () -> {
              try {
                if (System.in.read() >= 0) {
                  interruption.request();
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    Families.Chosen chosen = Families.choose(request.candidate(), request.task(), request.data());
    CheckpointStore checkpoints = new CheckpointStore(store, request);
    try (ProgressBoard board = new ProgressBoard(0, "mlp", "bench", request.maxEpochs(), p -> {});
        CheckpointWriter writer = new CheckpointWriter(checkpoints, every, board::saved)) {
      Thread.ofPlatform().daemon(true).start(() -> sample(board));
      Trial trial =
          new Trial(
              request,
              chosen.values(),
              Metrics.LOG_LOSS,
              new Datasets(store, scratch),
              scratch,
              checkpoints,
              writer,
              board,
              interruption,
              // outside of a run nothing is kept of it
              AttemptLog.open(store, request, null));
      try {
        chosen.family().fit(trial);
        System.out.println("at " + board.epochs());
        System.out.println("done");
      } catch (RuntimeException e) {
        System.out.println("at " + board.epochs());
        System.out.println("interrupted " + Failures.typeOf(e).orElseThrow());
      }
      System.out.flush();
    }
  }

  private static void sample(ProgressBoard board) {
    try {
      while (true) {
        System.out.println("at " + board.epochs());
        System.out.flush();
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static TrialRequest request(DatasetRef dataset, String run, Duration every, int epochs)
      throws Exception {
    return new TrialRequest(
        new RunRef(run, "bench", null),
        0,
        "bench",
        Task.BINARY,
        dataset,
        PayloadJson.mapper().readValue("{\"target\": \"y\"}", DataSpec.class),
        new CandidateSpec("mlp", Map.of("hidden", List.of(256, 128), "dropout", 0, "bins", 0)),
        7,
        new TrainingSpec.Objective("log-loss", "min"),
        epochs,
        epochs,
        256,
        1,
        new TrainingSpec.CheckpointSpec(every, 3),
        null);
  }

  private static void prepare(FileStore store, Path scratch, int rows) throws Exception {
    Files.createDirectories(scratch);
    List<ColumnInfo> columns = new ArrayList<>();
    StringBuilder select = new StringBuilder();
    for (int c = 0; c < COLUMNS; c++) {
      String name = "x" + c;
      columns.add(new ColumnInfo(name, ColumnType.NUMBER, Role.FEATURE, null, null));
      // a hash is a repeatable draw from 0..1
      select.append("(hash(i * 64 + ").append(c).append(") % 1000000)::DOUBLE / 1000000 AS ");
      select.append(name).append(", ");
    }
    columns.add(new ColumnInfo("y", ColumnType.CATEGORY, Role.TARGET, null, null));
    List<Part> parts = new ArrayList<>();
    Map<String, Long> counts = new TreeMap<>();
    Map<String, byte[]> files = new TreeMap<>();
    try (DuckDb db = DuckDb.open(2, scratch.resolve("spill"))) {
      for (Map.Entry<String, int[]> split :
          Map.of("train", new int[] {0, rows}, "validation", new int[] {rows, rows + rows / 10})
              .entrySet()) {
        String name = "part-" + split.getKey() + ".parquet";
        Path file = scratch.resolve(name);
        db.run(
            "COPY (SELECT * REPLACE (CASE WHEN y THEN '1' ELSE '0' END AS y) FROM (SELECT *, "
                + "(x0 - 0.5) * (x1 - 0.5) + (x2 - 0.5) / 4 > 0 AS y FROM (SELECT "
                + select.substring(0, select.length() - 2)
                + " FROM range("
                + split.getValue()[0]
                + ", "
                + split.getValue()[1]
                + ") t(i)))) TO '"
                + file
                + "' (FORMAT parquet)");
        byte[] bytes = Files.readAllBytes(file);
        long count = split.getValue()[1] - split.getValue()[0];
        parts.add(new Part(name, split.getKey(), count, PayloadJson.sha256(bytes), bytes.length));
        counts.put(split.getKey(), count);
        files.put(name, bytes);
      }
    }
    DatasetManifest manifest =
        new DatasetManifest(
            1, "bench", Task.BINARY, "y", List.of("0", "1"), columns, parts, counts);
    byte[] json = PayloadJson.mapper().writeValueAsBytes(manifest);
    DatasetRef ref = new DatasetRef("bench", PayloadJson.sha256(json), rows + rows / 10);
    files.forEach((name, bytes) -> store.create(ref.prefix() + name, bytes));
    store.create(ref.prefix() + "manifest.json", json);
    Files.write(scratch.resolve("dataset.json"), PayloadJson.mapper().writeValueAsBytes(ref));
  }
}
