package io.millrace.activities.privacy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Sha256;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.duckdb.DuckDBReadableVector;
import org.jspecify.annotations.Nullable;

/**
 * One DatasetVersion without a subject's rows: a new version is published, then the old one's rows
 * are deleted. Of the old version stay its manifest, and {@code erased.json}, which names the new
 * one. Every step may be repeated from wherever it was cut off.
 */
final class DatasetErasure {
  private static final int THREADS = 2;
  private final ObjectStore store;
  private final Datasets datasets;
  private final SubjectMatch subject;
  private final Path folder;

  /**
   * @param folder an own folder for parts
   */
  DatasetErasure(ObjectStore store, SubjectMatch subject, Path folder) {
    this.store = store;
    this.datasets = new Datasets(store, folder);
    this.subject = subject;
    this.folder = folder;
  }

  /** Column that names the row's subject; empty when the version has none. */
  static Optional<String> id(DatasetManifest manifest) {
    return manifest.columns().stream()
        .filter(c -> c.role() == Role.ID)
        .map(ColumnInfo::name)
        .findFirst();
  }

  DatasetRef reference(String name, String digest) {
    DatasetManifest manifest = manifest(new DatasetRef(name, digest, 1));
    long rows = manifest.rows().values().stream().mapToLong(Long::longValue).sum();
    return new DatasetRef(name, digest, rows);
  }

  DatasetManifest manifest(DatasetRef dataset) {
    return datasets.manifest(dataset);
  }

  /** Rows of the subject in the version's parts and quarantine; 0 when it has no id column. */
  long rows(DatasetRef dataset) throws SQLException {
    Optional<String> id = id(manifest(dataset));
    if (id.isEmpty() || erased(dataset)) {
      return 0;
    }
    long rows = 0;
    try (DuckDb db = open()) {
      for (Path file : files(dataset)) {
        rows +=
            db.number(
                "SELECT count(*) FROM read_parquet(%s) WHERE %s"
                    .formatted(
                        DuckDb.text(file.toString()),
                        subject.condition(dataset.name(), DuckDb.name(id.get()))));
      }
    }
    return rows;
  }

  private List<Path> files(DatasetRef dataset) {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, Long> split : manifest(dataset).rows().entrySet()) {
      files.addAll(datasets.files(dataset, split.getKey()));
    }
    quarantine(dataset).forEach(key -> files.add(fetched(key)));
    return files;
  }

  private List<String> quarantine(DatasetRef dataset) {
    return store.list(dataset.prefix() + "quarantine/");
  }

  private Path fetched(String key) {
    Path file = folder.resolve(key);
    if (!Files.exists(file)) {
      store.fetch(key, file);
    }
    return file;
  }

  private boolean erased(DatasetRef dataset) {
    return store.sizeBytes(dataset.prefix() + Datasets.ERASED).isPresent();
  }

  /**
   * Publishes the version without the subject and says so beside the old one, whose rows are still
   * there: models can still be found by it. Nothing is done when that was done before.
   */
  void replace(DatasetRef dataset) throws SQLException, IOException {
    if (erased(dataset)) {
      return;
    }
    DatasetManifest old = manifest(dataset);
    String keep = "NOT " + subject.condition(dataset.name(), DuckDb.name(id(old).orElseThrow()));
    Path own = Files.createDirectories(folder.resolve("new").resolve(dataset.digest()));
    List<Part> parts = new ArrayList<>();
    Map<String, Long> rows = new TreeMap<>();
    try (DuckDb db = open()) {
      Map<String, Iterator<Path>> files = new TreeMap<>();
      for (Part part : old.parts()) {
        Path from =
            files
                .computeIfAbsent(part.split(), split -> datasets.files(dataset, split).iterator())
                .next();
        Path to = own.resolve(part.file());
        long kept = filter(db, from, to, keep);
        if (kept > 0) {
          parts.add(new Part(part.file(), part.split(), kept, Sha256.of(to), Files.size(to)));
          rows.merge(part.split(), kept, Long::sum);
        }
      }
      if (rows.isEmpty()) {
        tell(dataset, null);
        return;
      }
      DatasetManifest manifest =
          new DatasetManifest(
              old.format(),
              old.name(),
              old.task(),
              old.target(),
              old.classes(),
              old.columns(),
              parts,
              rows,
              old.naive(),
              old.ranking());
      byte[] bytes = json(manifest);
      long total = rows.values().stream().mapToLong(Long::longValue).sum();
      DatasetRef successor = new DatasetRef(old.name(), PayloadJson.sha256(bytes), total);
      for (String key : quarantine(dataset)) {
        Path to = own.resolve("quarantine.parquet");
        if (filter(db, fetched(key), to, keep) > 0) {
          store.create(successor.prefix() + "quarantine/" + Sha256.of(to) + ".parquet", to);
        }
      }
      for (Part part : parts) {
        store.create(successor.prefix() + part.file(), own.resolve(part.file()));
      }
      Profile profile =
          rows.containsKey(DatasetManifest.TRAIN)
              ? profile(
                  db,
                  old,
                  parts.stream()
                      .filter(part -> part.split().equals(DatasetManifest.TRAIN))
                      .map(part -> own.resolve(part.file()).toString())
                      .toList())
              : datasets.profile(dataset);
      store.create(successor.prefix() + Datasets.PROFILE, profile.toJson());
      store.create(successor.prefix() + Datasets.MANIFEST, bytes);
      tell(dataset, successor);
    }
  }

  private void tell(DatasetRef dataset, @Nullable DatasetRef successor) {
    Map<String, Object> told = new TreeMap<>();
    told.put("dataset", dataset.digest());
    told.put("successor", successor == null ? "" : successor.digest());
    store.create(dataset.prefix() + Datasets.ERASED, json(told));
  }

  /** Deletes what held rows of a version that was replaced; its sketches become the successor's. */
  void delete(DatasetRef dataset) throws IOException {
    byte[] told = store.get(dataset.prefix() + Datasets.ERASED).orElseThrow();
    String successor = PayloadJson.mapper().readTree(told).path("successor").asText("");
    if (successor.isEmpty()) {
      store.delete(dataset.prefix() + Datasets.PROFILE);
    } else {
      store
          .get("datasets/" + dataset.name() + "/" + successor + "/" + Datasets.PROFILE)
          .ifPresent(profile -> store.put(dataset.prefix() + Datasets.PROFILE, profile));
    }
    quarantine(dataset).forEach(store::delete);
    for (Part part : manifest(dataset).parts()) {
      // one of an earlier version goes with that one
      if (part.version() == null) {
        store.delete(part.key(dataset));
      }
    }
  }

  private static long filter(DuckDb db, Path from, Path to, String keep) throws SQLException {
    String rows = " FROM read_parquet(%s) WHERE %s".formatted(DuckDb.text(from.toString()), keep);
    db.run(
        "COPY (SELECT *%s) TO %s".formatted(rows, DuckDb.text(to.toString()))
            + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)");
    return db.number("SELECT count(*)" + rows);
  }

  private static Profile profile(DuckDb db, DatasetManifest manifest, List<String> train)
      throws SQLException {
    List<ColumnInfo> profiled =
        manifest.columns().stream()
            .filter(c -> c.role() == Role.FEATURE || c.role() == Role.TARGET)
            .toList();
    ProfileBuilder builder =
        new ProfileBuilder(
            profiled.stream()
                .map(
                    c ->
                        new Profile.Column(
                            c.name(),
                            c.type() == ColumnType.NUMBER
                                ? Feature.Kind.NUMBER
                                : Feature.Kind.CATEGORY))
                .toList());
    db.blocks(
        "SELECT %s FROM read_parquet(%s)"
            .formatted(
                String.join(", ", profiled.stream().map(c -> DuckDb.name(c.name())).toList()),
                DuckDb.texts(train)),
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            for (int c = 0; c < profiled.size(); c++) {
              DuckDBReadableVector vector = block.vector(c);
              if (profiled.get(c).type() == ColumnType.NUMBER) {
                builder.add(c, vector.getDouble(i, Double.NaN));
              } else {
                builder.add(c, vector.isNull(i) ? null : vector.getString(i));
              }
            }
            builder.endRow();
          }
        });
    return builder.build();
  }

  private DuckDb open() throws SQLException {
    return DuckDb.open(THREADS, folder.resolve("spill"));
  }

  private static byte[] json(Object value) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw Failures.of(FailureType.INVARIANT_BROKEN, e, "manifest: no JSON (expected: JSON)");
    }
  }
}
