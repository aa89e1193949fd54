package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Columns that folders name, {@code dt=2026-01-01/region=eu/part.parquet}, as Hive writes them:
 * values are percent-encoded, {@code __HIVE_DEFAULT_PARTITION__} is missing.
 *
 * @param values by file, then by key
 */
record Partitions(List<String> keys, List<List<@Nullable String>> values) {
  private static final String MISSING = "__HIVE_DEFAULT_PARTITION__";

  /**
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} for a file without one
   *     of the keys
   */
  static Partitions of(StagedSource source, List<String> keys) {
    List<List<@Nullable String>> values = new ArrayList<>();
    for (String name : keys.isEmpty() ? List.<String>of() : source.names()) {
      List<@Nullable String> own = new ArrayList<>();
      for (String key : keys) {
        own.add(value(name, key));
      }
      values.add(own);
    }
    return new Partitions(keys, values);
  }

  private static @Nullable String value(String name, String key) {
    String[] steps = name.split("/");
    for (int i = 0; i < steps.length - 1; i++) {
      if (steps[i].startsWith(key + "=")) {
        String text = steps[i].substring(key.length() + 1);
        String plain = text.replace("+", "%2B");
        return text.equals(MISSING) ? null : URLDecoder.decode(plain, StandardCharsets.UTF_8);
      }
    }
    throw Failures.of(
        FailureType.DATA_UNREADABLE,
        "source: %s (expected: below a folder %s=…, as data.source.partitions says)"
            .formatted(name, key));
  }

  /** The reader's option; empty when there are no partitions. */
  String option() {
    return keys.isEmpty() ? "" : " filename = true,";
  }

  /** The columns and those of the folders. */
  String select(String columns, int width, List<Path> files) {
    StringBuilder select = new StringBuilder(columns);
    for (int k = 0; k < keys.size(); k++) {
      List<String> texts = new ArrayList<>();
      for (List<@Nullable String> own : values) {
        String value = own.get(k);
        texts.add(value == null ? "NULL" : DuckDb.text(value));
      }
      select.append(
          ", ([%s]::VARCHAR[])[list_position(%s, filename)] AS c%d"
              .formatted(
                  String.join(", ", texts),
                  DuckDb.texts(files.stream().map(Path::toString).toList()),
                  width + k));
    }
    return select.toString();
  }

  /** The columns of the files and those of the folders. */
  List<RawColumn> add(List<RawColumn> columns, String shown) {
    List<RawColumn> all = new ArrayList<>(columns);
    keys.forEach(key -> all.add(new RawColumn(all.size(), key, Family.TEXT)));
    CsvHeader.unique(all.stream().map(RawColumn::name).toList(), shown);
    return all;
  }
}
