package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.ParquetProfile;
import io.millrace.activities.dataset.Sha256;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Writes a DatasetVersion. Parts, profile and quarantine go first, each created only when it is not
 * there; the manifest comes last and makes the version visible. Repeating it adds nothing.
 */
final class Publisher {
  private static final Executor ASIDE =
      task -> Thread.ofPlatform().daemon().name("ingest-parts").start(task);

  /** The profile is the same for every number. */
  private static final int THREADS = 2;

  private final DuckDb db;
  private final ObjectStore store;
  private final Path folder;

  /**
   * @param folder an own folder for the files before they are uploaded
   */
  Publisher(DuckDb db, ObjectStore store, Path folder) {
    this.db = db;
    this.store = store;
    this.folder = folder;
  }

  /**
   * What is published.
   *
   * @param from where the rows are
   * @param before parts of earlier versions that are this one's too
   * @param suffix of the names of parts
   */
  record Version(
      String name,
      Task task,
      List<Column> columns,
      List<String> classes,
      List<ExpectationSpec> expectations,
      Map<String, Long> rows,
      PartFiles.Rows from,
      List<Part> before,
      String suffix,
      @Nullable String naive,
      DatasetManifest.@Nullable Ranking ranking) {}

  /** The files of a version, on the local disk. */
  record Written(
      DatasetRef dataset, byte[] manifest, List<PartFiles.Written> parts, Map<String, Long> rows) {
    /** Of a split, in order. */
    List<Path> files(String split) {
      return parts.stream()
          .filter(file -> file.part().split().equals(split))
          .map(PartFiles.Written::file)
          .toList();
    }
  }

  /** Writes the parts and the manifest to the folder. */
  Written write(Version version) throws SQLException, IOException {
    List<PartFiles.Written> files =
        new PartFiles(db, folder, version.columns(), version.from(), version.suffix())
            .write(version.rows());
    List<Part> parts = new ArrayList<>(version.before());
    files.forEach(file -> parts.add(file.part()));
    Map<String, Long> rows = new TreeMap<>();
    parts.forEach(part -> rows.merge(part.split(), part.rows(), Long::sum));
    long total = rows.values().stream().mapToLong(Long::longValue).sum();
    DatasetManifest manifest =
        new DatasetManifest(
            1,
            version.name(),
            version.task(),
            version.columns().stream()
                .filter(c -> c.role() == Role.TARGET)
                .findFirst()
                .orElseThrow()
                .name(),
            version.classes(),
            version.columns().stream().map(c -> info(c, version.expectations())).toList(),
            parts,
            rows,
            version.naive(),
            version.ranking());
    byte[] bytes = PayloadJson.mapper().writeValueAsBytes(manifest);
    return new Written(
        new DatasetRef(version.name(), PayloadJson.sha256(bytes), total), bytes, files, rows);
  }

  /** Features carry what their {@code range} rules allow a request to send. */
  private static ColumnInfo info(Column column, List<ExpectationSpec> expectations) {
    Double min = null;
    Double max = null;
    for (ExpectationSpec rule : expectations) {
      List<@Nullable Double> range = rule.range();
      if (range != null && column.feature() && column.name().equals(rule.column())) {
        Double low = range.get(0);
        Double high = range.get(1);
        min = low == null ? min : min == null ? low : Double.valueOf(Math.max(min, low));
        max = high == null ? max : max == null ? high : Double.valueOf(Math.min(max, high));
      }
    }
    return new ColumnInfo(column.name(), column.type(), column.role(), min, max);
  }

  /** The written training split's features and target. */
  Profile profile(List<Column> columns, Written written) throws SQLException {
    List<Column> profiled =
        columns.stream().filter(c -> c.feature() || c.role() == Role.TARGET).toList();
    try (ParquetProfile profile = new ParquetProfile(THREADS, folder.resolve("spill"))) {
      return profile.of(
          written.files(DatasetManifest.TRAIN),
          profiled.stream()
              .map(
                  c ->
                      new Profile.Column(
                          c.name(), c.number() ? Feature.Kind.NUMBER : Feature.Kind.CATEGORY))
              .toList());
    }
  }

  /**
   * Rows that broke a {@code drop} rule, as they would have been stored, and why.
   *
   * @param late why rows of {@link NewRows#LATE} are there
   * @return the file; null when there are none
   */
  @Nullable Path quarantine(List<Column> columns, Expectations expectations, int rules, String late)
      throws SQLException {
    if (db.number("SELECT count(*) FROM broken") == 0) {
      return null;
    }
    db.run("CREATE TABLE sentences (rule INTEGER, sentence VARCHAR)");
    for (int i = 0; i < rules; i++) {
      db.run(
          "INSERT INTO sentences VALUES (%d, %s)"
              .formatted(i, DuckDb.text(expectations.sentence(i))));
    }
    db.run("INSERT INTO sentences VALUES (%d, %s)".formatted(NewRows.LATE, DuckDb.text(late)));
    Path file = folder.resolve("quarantine.parquet");
    db.run(
        "COPY (SELECT %s, reason AS millrace_reason FROM quarantined JOIN"
                .formatted(
                    String.join(
                        ", ",
                        columns.stream()
                            .map(c -> c.stored() + " AS " + DuckDb.name(c.name()))
                            .toList()))
            + " (SELECT rn, string_agg(sentence, '; ' ORDER BY rule) AS reason FROM broken"
            + " JOIN sentences USING (rule) GROUP BY rn) USING (rn) ORDER BY rn) TO %s"
                .formatted(DuckDb.text(file.toString()))
            + " (FORMAT parquet, COMPRESSION zstd)");
    return file;
  }

  /**
   * Begins to upload the parts; they mean nothing as long as there is no manifest.
   *
   * @param first what is done there before it
   */
  Upload upload(Written written, Runnable first) {
    Runnable work =
        () -> {
          first.run();
          uploaded(written);
        };
    return new Upload(CompletableFuture.runAsync(work, ASIDE));
  }

  /** On its way; closed, it is at its end, whatever that is. */
  record Upload(CompletableFuture<Void> parts) implements AutoCloseable {
    @Override
    public void close() {
      parts.exceptionally(e -> null).join();
    }
  }

  private void uploaded(Written version) {
    String prefix = version.dataset().prefix();
    for (PartFiles.Written written : version.parts()) {
      Path part = written.file();
      String key = prefix + part.getFileName();
      if (!store.create(key, part) && store.sizeBytes(key).orElse(-1L) != part.toFile().length()) {
        throw Failures.of(
            FailureType.STORE_CORRUPT,
            store.location(key) + " (expected: " + part.toFile().length() + " bytes)");
      }
    }
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Uploads the rest when the parts are there; the manifest last. */
  void publish(Written written, Upload parts, Profile profile, @Nullable Path quarantine) {
    String prefix = written.dataset().prefix();
    if (quarantine != null) {
      store.create(prefix + "quarantine/" + Sha256.of(quarantine) + ".parquet", quarantine);
    }
    joined(parts.parts());
    store.create(prefix + Datasets.PROFILE, profile.toJson());
    store.create(prefix + Datasets.MANIFEST, written.manifest());
  }
}
