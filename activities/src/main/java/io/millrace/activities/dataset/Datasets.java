package io.millrace.activities.dataset;

import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads DatasetVersions. Parts are fetched to {@code <scratch>/datasets/<name>/<digest>/} and kept
 * there; each is verified by SHA-256 once per process. Thread-safe.
 *
 * <p>Failures: {@code NOT_FOUND} for a version that does not exist, {@code STORE_CORRUPT} when a
 * digest does not match, {@code STORE_UNAVAILABLE}.
 */
public final class Datasets {
  public static final String MANIFEST = "manifest.json";
  public static final String PROFILE = "profile.json";

  /** Beside the manifest of a version whose rows were deleted for a person; names the new one. */
  public static final String ERASED = "erased.json";

  /** Enough for reading; the number does not change what is read. */
  private static final int THREADS = 2;

  private final ObjectStore store;
  private final Path scratch;
  private final Set<Path> verified = ConcurrentHashMap.newKeySet();

  public Datasets(ObjectStore store, Path scratch) {
    this.store = store;
    this.scratch = scratch;
  }

  /** The version's manifest, verified against the reference. */
  public DatasetManifest manifest(DatasetRef dataset) {
    byte[] bytes =
        store
            .get(dataset.prefix() + MANIFEST)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND,
                        "dataset: " + dataset.prefix() + " (expected: a published version)"));
    if (!PayloadJson.sha256(bytes).equals(dataset.digest())) {
      throw corrupt(dataset.prefix() + MANIFEST, dataset.digest());
    }
    try {
      return PayloadJson.mapper().readValue(bytes, DatasetManifest.class);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE,
          e,
          "dataset: " + dataset.prefix() + MANIFEST + " (expected: a manifest of format 1)");
    }
  }

  /** The profile of the training split: features and target. */
  public Profile profile(DatasetRef dataset) {
    String key = dataset.prefix() + PROFILE;
    byte[] bytes =
        store
            .get(key)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND,
                        "dataset: " + key + " (expected: a published version)"));
    try {
      return Profile.fromJson(bytes);
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE, e, "dataset: " + key + " (expected: a profile)");
    }
  }

  /**
   * Columns of one split, in the stored order of rows.
   *
   * @param split {@code train}, {@code validation} or {@code test}; one without rows is an empty
   *     table
   * @param columns names; also the target, id, time and excluded ones
   * @throws IllegalArgumentException when a column is not there
   */
  public Table read(DatasetRef dataset, String split, List<String> columns) {
    Selection selection = select(manifest(dataset), split, columns);
    int rows = Math.toIntExact(selection.rows());
    if (rows == 0 || columns.isEmpty()) {
      return new Table(rows, rows == 0 ? empty(columns, selection.numbers()) : List.of());
    }
    Table[] table = new Table[1];
    query(
        dataset,
        selection,
        (db, sql) -> table[0] = db.table(sql, columns, selection.numbers(), rows));
    return table[0];
  }

  /**
   * The same in blocks of at most 2,048 rows, for what need not be in memory at once.
   *
   * @param columns at least one
   */
  public void read(DatasetRef dataset, String split, List<String> columns, Consumer<Table> reader) {
    Selection selection = select(manifest(dataset), split, columns);
    if (selection.rows() > 0) {
      query(dataset, selection, (db, sql) -> db.tables(sql, columns, selection.numbers(), reader));
    }
  }

  /**
   * Columns of a split.
   *
   * @param names quoted
   * @param numbers which of them are numbers
   */
  private record Selection(String split, List<Part> parts, List<String> names, boolean[] numbers) {
    long rows() {
      return parts.stream().mapToLong(Part::rows).sum();
    }
  }

  private static Selection select(DatasetManifest manifest, String split, List<String> columns) {
    boolean[] numbers = new boolean[columns.size()];
    List<String> selected = new ArrayList<>();
    for (int c = 0; c < numbers.length; c++) {
      String name = columns.get(c);
      ColumnInfo info =
          manifest
              .column(name)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "column: "
                              + name
                              + " (expected: one of "
                              + manifest.columns().stream().map(ColumnInfo::name).toList()
                              + ")"));
      numbers[c] = info.type() == ColumnType.NUMBER;
      selected.add(DuckDb.name(name));
    }
    List<Part> parts = manifest.parts().stream().filter(p -> p.split().equals(split)).toList();
    return new Selection(split, parts, selected, numbers);
  }

  private interface Query {
    void run(DuckDb db, String sql) throws SQLException;
  }

  private void query(DatasetRef dataset, Selection selection, Query query) {
    List<String> files =
        selection.parts().stream().map(part -> part(dataset, part).toString()).toList();
    try (DuckDb db = DuckDb.open(THREADS, scratch.resolve("spill"))) {
      query.run(
          db,
          "SELECT "
              + String.join(", ", selection.names())
              + " FROM read_parquet("
              + DuckDb.texts(files)
              + ")");
    } catch (SQLException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          "dataset: "
              + dataset.prefix()
              + " split "
              + selection.split()
              + " (expected: readable Parquet): "
              + e.getClass().getSimpleName());
    }
  }

  /** The features and the target of one split, and what metrics look at beside them. */
  public Table read(DatasetRef dataset, String split) {
    List<String> names = new ArrayList<>();
    DatasetManifest manifest = manifest(dataset);
    for (ColumnInfo column : manifest.columns()) {
      if (column.role() == Role.FEATURE
          || column.role() == Role.TARGET
          || manifest.beside().contains(column.name())) {
        names.add(column.name());
      }
    }
    return read(dataset, split, names);
  }

  /**
   * The target as numbers: 0 or 1 (the positive class) for binary, the class's index for
   * multiclass, the value for regression.
   *
   * @return {@code (rows)}
   */
  public static double[] labels(DatasetManifest manifest, Table table) {
    if (manifest.task().scored() == Task.REGRESSION) {
      return table.numbers(manifest.target());
    }
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < manifest.classes().size(); i++) {
      index.put(manifest.classes().get(i), i);
    }
    @Nullable String[] values = table.categories(manifest.target());
    double[] labels = new double[values.length];
    for (int i = 0; i < labels.length; i++) {
      Integer label = index.get(values[i]);
      if (label == null) {
        throw Failures.of(
            FailureType.STORE_CORRUPT,
            manifest.target()
                + ": a value that is no class (expected: "
                + manifest.classes()
                + ")");
      }
      labels[i] = label;
    }
    return labels;
  }

  /** The Parquet files of one split, verified, in the order their rows are read. */
  public List<Path> files(DatasetRef dataset, String split) {
    return manifest(dataset).parts().stream()
        .filter(part -> part.split().equals(split))
        .map(part -> part(dataset, part))
        .toList();
  }

  /** A part as a local file, verified. */
  private Path part(DatasetRef dataset, Part part) {
    Path file = scratch.resolve(part.key(dataset));
    if (verified.contains(file) && Files.exists(file)) {
      return file;
    }
    // a copy that was fetched before is no way to go on with rows that were erased
    if (store.sizeBytes(dataset.prefix() + ERASED).isPresent()) {
      throw Failures.of(
          FailureType.NOT_FOUND,
          "dataset: %s was replaced when a person was erased (expected: the version that %s names)"
              .formatted(dataset.prefix(), ERASED));
    }
    if (!Files.exists(file) || !Sha256.of(file).equals(part.sha256())) {
      store.fetch(part.key(dataset), file);
      if (!Sha256.of(file).equals(part.sha256())) {
        throw corrupt(part.key(dataset), part.sha256());
      }
    }
    verified.add(file);
    return file;
  }

  private static List<Table.Column> empty(List<String> columns, boolean[] numbers) {
    List<Table.Column> empty = new ArrayList<>();
    for (int c = 0; c < numbers.length; c++) {
      empty.add(
          numbers[c]
              ? new Table.Numbers(columns.get(c), new double[0])
              : new Table.Categories(columns.get(c), new String[0]));
    }
    return empty;
  }

  private RuntimeException corrupt(String key, String expected) {
    return Failures.of(
        FailureType.STORE_CORRUPT, store.location(key) + " (expected: SHA-256 " + expected + ")");
  }
}
