package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Family;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ImageSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Puts a picture's pixels into {@code raw}, a number column each: {@code pixel_000} and so on, row
 * by row, the channels of a pixel side by side. Everything after ingest sees a table.
 */
final class PictureColumns {
  /** What names a picture of a folder, when it is asked for as {@code data.id}. */
  static final String PATH = "path";

  private final DuckDb db;
  private final DataSpec data;
  private final ImageSpec spec;
  private final Pictures pictures;
  private final Set<RawColumn> made = new HashSet<>();

  PictureColumns(DuckDb db, DataSpec data, ImageSpec spec) {
    this.db = db;
    this.data = data;
    this.spec = spec;
    this.pictures = new Pictures(spec);
  }

  /** The file that a table's row names. */
  @FunctionalInterface
  interface FileReader {
    byte[] read(String path) throws IOException;
  }

  /** Makes {@code raw} of a folder that has a folder for each class. */
  List<RawColumn> ofFolders(StagedSource source) throws SQLException, IOException {
    List<RawColumn> columns = new ArrayList<>();
    boolean named = PATH.equals(data.id());
    if (named) {
      columns.add(new RawColumn(0, PATH, Family.TEXT));
    }
    columns.add(new RawColumn(columns.size(), data.target(), Family.TEXT));
    db.run(
        "CREATE TABLE raw ("
            + String.join(", ", columns.stream().map(c -> c.sql() + " VARCHAR").toList())
            + ")");
    try (DuckDb.Rows rows = db.appendTo("raw")) {
      for (String name : source.names()) {
        int slash = name.indexOf('/');
        if (slash < 1) {
          throw Failures.of(
              FailureType.DATA_UNREADABLE,
              "%s: lies in no folder of %s (expected: in the one of its class)"
                  .formatted(name, source.shown()));
        }
        if (named) {
          rows.add(name, name.substring(0, slash));
        } else {
          rows.add(name.substring(0, slash));
        }
      }
    }
    return joined(
        columns,
        pixels -> {
          for (int i = 0; i < source.files().size(); i++) {
            pixels.add(
                pictures.decode(source.names().get(i), Files.readAllBytes(source.files().get(i))));
          }
        });
  }

  /** Adds the pixels of the column that names files, or holds them, to {@code raw}. */
  List<RawColumn> ofTable(List<RawColumn> raw, FileReader files) throws SQLException, IOException {
    String paths = spec.paths();
    String pixels = spec.pixels();
    if (paths == null && pixels == null) {
      return raw;
    }
    boolean file = paths != null;
    String wanted = String.valueOf(file ? paths : pixels);
    RawColumn column =
        raw.stream()
            .filter(c -> c.name().equals(wanted))
            .findFirst()
            .orElseThrow(
                () ->
                    DataChecks.invalid(
                        "data.image." + (file ? "paths" : "pixels") + ": " + wanted,
                        "a column of the data: " + raw.stream().map(RawColumn::name).toList()));
    return joined(
        raw,
        into -> {
          int[] row = {0};
          db.blocks(
              "SELECT CAST(%s AS VARCHAR) FROM raw".formatted(column.sql()),
              (block, count) -> {
                for (int i = 0; i < count; i++) {
                  row[0]++;
                  String value = block.vector(0).isNull(i) ? "" : block.vector(0).getString(i);
                  if (value.isBlank()) {
                    throw DataChecks.invalid(
                        wanted + ": nothing in row " + row[0], "a picture in each row");
                  }
                  into.add(
                      file
                          ? decoded(files, value.strip())
                          : pictures.parse(wanted + " of row " + row[0], value));
                }
              });
        });
  }

  private short[] decoded(FileReader files, String path) {
    try {
      return pictures.decode(path, files.read(path));
    } catch (IOException e) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE, e, "path: " + path + " (expected: a readable file)");
    }
  }

  private interface Filling {
    void run(DuckDb.Rows pixels) throws SQLException, IOException;
  }

  private List<RawColumn> joined(List<RawColumn> raw, Filling filling)
      throws SQLException, IOException {
    int digits = String.valueOf(spec.size() - 1).length();
    List<RawColumn> columns = new ArrayList<>(raw);
    for (int i = 0; i < spec.size(); i++) {
      String name = ("pixel_%0" + digits + "d").formatted(i);
      DerivedColumns.free(name, name, raw);
      RawColumn pixel = new RawColumn(columns.size(), name, Family.NUMBER);
      columns.add(pixel);
      made.add(pixel);
    }
    db.run(
        "CREATE TABLE pixels ("
            + DuckDb.list(spec.size(), i -> "c" + (raw.size() + i) + " SMALLINT")
            + ")");
    try (DuckDb.Rows rows = db.appendTo("pixels")) {
      filling.run(rows);
    }
    // both keep the order of rows, so what stands side by side belongs together
    db.run("CREATE TABLE wider AS SELECT * FROM raw POSITIONAL JOIN pixels");
    db.run("DROP TABLE raw");
    db.run("DROP TABLE pixels");
    db.run("ALTER TABLE wider RENAME TO raw");
    return columns;
  }

  /**
   * The columns with the pixels as the only features.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when a table's own columns
   *     are the pixels and are not as many as the size asks for
   */
  List<Column> only(List<Column> columns) {
    Set<Column> pixels =
        columns.stream()
            .filter(c -> made.isEmpty() ? c.feature() : made.contains(c.raw()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> others = pixels.stream().filter(c -> !c.number()).map(Column::name).toList();
    if (pixels.size() != spec.size() || !others.isEmpty()) {
      throw DataChecks.invalid(
          "features: %d, of which %s hold no numbers"
              .formatted(pixels.size(), others.isEmpty() ? "none" : others.toString()),
          "%d x %d x %d = %d columns of pixels; exclude the others"
              .formatted(spec.height(), spec.width(), spec.channels(), spec.size()));
    }
    return columns.stream()
        .map(c -> c.feature() && !pixels.contains(c) ? c.as(Role.EXCLUDED) : c)
        .toList();
  }
}
