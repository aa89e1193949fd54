package io.millrace.activities.dataset;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code manifest.json} of a DatasetVersion: created last, so a version without one does not exist.
 * The SHA-256 of its bytes is the version's digest; nothing in it depends on the run, the machine
 * or the time.
 *
 * @param format 1
 * @param classes the target's values as text: {@code [negative, positive]} for binary, ascending
 *     for multiclass, empty for regression
 * @param columns every column of the parts, in their order
 * @param parts in the order they are read
 * @param rows rows by split
 * @param naive the number column that holds the seasonal-naive forecast; null when this is none
 * @param ranking whose rows are put into an order; null when rows stand alone
 */
public record DatasetManifest(
    int format,
    String name,
    Task task,
    String target,
    List<String> classes,
    List<ColumnInfo> columns,
    List<Part> parts,
    Map<String, Long> rows,
    @Nullable String naive,
    @Nullable Ranking ranking) {
  /** The splits, in the order they are written. */
  public static final String TRAIN = "train";

  public static final String VALIDATION = "validation";
  public static final String TEST = "test";

  public DatasetManifest {
    Checks.name("name", name);
    Checks.present("target", target);
    classes = Checks.list(classes);
    columns = Checks.list(columns);
    parts = Checks.list(parts);
    rows = Collections.unmodifiableMap(new TreeMap<>(rows));
  }

  /** A table of rows that stand alone. */
  public DatasetManifest(
      int format,
      String name,
      Task task,
      String target,
      List<String> classes,
      List<ColumnInfo> columns,
      List<Part> parts,
      Map<String, Long> rows) {
    this(format, name, task, target, classes, columns, parts, rows, null, null);
  }

  /**
   * Rows of one user are put into an order.
   *
   * @param user the category column that names the user
   * @param relevant the least target that makes a row relevant
   */
  public record Ranking(String user, double relevant) {}

  /** What a column is for. */
  public enum Role {
    @JsonProperty("feature")
    FEATURE,
    @JsonProperty("target")
    TARGET,
    @JsonProperty("id")
    ID,
    @JsonProperty("time")
    TIME,
    @JsonProperty("excluded")
    EXCLUDED
  }

  /**
   * @param type numbers are stored as DOUBLE (missing is null), categories as text
   * @param allowedMin from a {@code range} expectation; null for open
   * @param allowedMax from a {@code range} expectation; null for open
   */
  public record ColumnInfo(
      String name,
      ColumnType type,
      Role role,
      @Nullable Double allowedMin,
      @Nullable Double allowedMax) {}

  /**
   * One Parquet file.
   *
   * @param file its name under the version's prefix
   * @param split {@code train}, {@code validation} or {@code test}
   * @param version digest of the version of the same name that the file lies under; null for this
   *     one
   */
  public record Part(
      String file,
      String split,
      long rows,
      String sha256,
      long sizeBytes,
      @Nullable String version) {
    public Part {
      Checks.digest("sha256", sha256);
    }

    /** Of this version. */
    public Part(String file, String split, long rows, String sha256, long sizeBytes) {
      this(file, split, rows, sha256, sizeBytes, null);
    }

    /** The object's key. */
    public String key(DatasetRef dataset) {
      return version == null
          ? dataset.prefix() + file
          : "datasets/" + dataset.name() + "/" + version + "/" + file;
    }

    /** The same, as a later version refers to it. */
    public Part under(DatasetRef dataset) {
      return version == null
          ? new Part(file, split, rows, sha256, sizeBytes, dataset.digest())
          : this;
    }
  }

  /** The features, in the order of the columns. */
  public List<ColumnInfo> features() {
    return columns.stream().filter(c -> c.role() == Role.FEATURE).toList();
  }

  /** Names of the columns that metrics look at beside target and scores. */
  public List<String> beside() {
    List<String> names = new ArrayList<>();
    if (naive != null) {
      names.add(naive);
    }
    if (ranking != null) {
      names.add(ranking.user());
    }
    return names;
  }

  /** The column of that name; empty when there is none. */
  public Optional<ColumnInfo> column(String columnName) {
    return columns.stream().filter(c -> c.name().equals(columnName)).findFirst();
  }

  /** Rows of a split; 0 for one that is not there. */
  public long rowsOf(String split) {
    return rows.getOrDefault(split, 0L);
  }
}
