package io.millrace.activities.query;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Objects of the store that are read as one table.
 *
 * @param prefix of their keys, ending with a slash
 * @param format how they are written
 * @param fields of Parquet, every one of the files in their order; of a log, those that are asked
 *     for
 * @param keys only these objects; null for all that the format's name ends with
 * @param span rows of a log of that time, or where {@code keys} lie; null for all
 */
public record StoredTable(
    String prefix,
    Format format,
    List<Field> fields,
    @Nullable List<String> keys,
    @Nullable Span span) {
  public StoredTable {
    if (!prefix.endsWith("/")) {
      throw new IllegalArgumentException("prefix: " + prefix + " (expected: to end with /)");
    }
    fields = List.copyOf(fields);
    keys = keys == null ? null : List.copyOf(keys);
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("fields: none (expected: at least one)");
    }
  }

  /** How objects are written. */
  public enum Format {
    /** Columns are found by their place, so that they may have any name. */
    PARQUET(".parquet"),
    /** The prediction log, {@code dt=…/hr=…/*.jsonl.gz}. */
    LOG(".jsonl.gz");

    private final String ending;

    Format(String ending) {
      this.ending = ending;
    }

    /** What their keys end with. */
    String ending() {
      return ending;
    }
  }

  /**
   * A column.
   *
   * @param type as Hive writes it: {@code double}, {@code string}, {@code bigint}, …
   */
  public record Field(String name, String type) {
    private static final List<String> NUMBERS =
        List.of("double", "float", "tinyint", "smallint", "int", "bigint");

    /** DOUBLE or text, as a DatasetVersion stores it. */
    public static Field of(String name, boolean number) {
      return new Field(name, number ? "double" : "string");
    }

    /** Numbers are profiled as numbers, all else as texts. */
    public boolean number() {
      return NUMBERS.contains(type) || type.startsWith("decimal");
    }
  }

  /** After {@code from}, up to and with {@code to}. */
  public record Span(Instant from, Instant to) {
    public Span {
      if (!from.isBefore(to)) {
        throw new IllegalArgumentException("span: " + from + "/" + to + " (expected: from < to)");
      }
    }
  }

  /**
   * A DatasetVersion; parts of earlier versions too, where it refers to them.
   *
   * @param split one of its splits; null for all
   */
  public static StoredTable dataset(
      DatasetRef dataset, DatasetManifest manifest, @Nullable String split) {
    List<Part> parts =
        manifest.parts().stream().filter(p -> split == null || p.split().equals(split)).toList();
    boolean own = parts.stream().allMatch(part -> part.version() == null);
    return new StoredTable(
        own ? dataset.prefix() : "datasets/" + dataset.name() + "/",
        Format.PARQUET,
        manifest.columns().stream()
            .map(c -> Field.of(c.name(), c.type() == ColumnType.NUMBER))
            .toList(),
        parts.stream().map(part -> part.key(dataset)).toList(),
        null);
  }

  /**
   * A version's predictions.
   *
   * @param parts of the log, without the ending, all of whose rows are meant; null for every row of
   *     the time
   * @param span in it lie the parts, or the rows
   */
  public static StoredTable log(
      String model, int version, List<Feature> features, @Nullable List<String> parts, Span span) {
    return new StoredTable(
        "predictions/" + model + "/" + version + "/",
        Format.LOG,
        features.stream().map(f -> Field.of(f.name(), f.kind() == Feature.Kind.NUMBER)).toList(),
        parts == null ? null : parts.stream().map(part -> part + Format.LOG.ending()).toList(),
        span);
  }

  /** As profiles name the columns. */
  List<Profile.Column> profiled() {
    return fields.stream()
        .map(
            f ->
                new Profile.Column(
                    f.name(), f.number() ? Feature.Kind.NUMBER : Feature.Kind.CATEGORY))
        .toList();
  }
}
