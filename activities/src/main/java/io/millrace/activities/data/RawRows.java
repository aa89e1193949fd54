package io.millrace.activities.data;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ImageSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table {@code raw}, from whatever a spec names, and what is added to it. */
final class RawRows {
  private final DuckDb db;
  private final ObjectStore store;
  private final Path folder;
  private final IngestRequest request;
  private final DataSpec data;
  private final @Nullable PictureColumns pictures;
  private final Relation raw;
  private long recent;

  /**
   * @param folder an own folder
   * @param data the request's, or what was made of it
   */
  RawRows(DuckDb db, ObjectStore store, Path folder, IngestRequest request, DataSpec data) {
    this.db = db;
    this.store = store;
    this.folder = folder;
    this.request = request;
    this.data = data;
    ImageSpec image = data.image();
    this.pictures = image == null ? null : new PictureColumns(db, data, image);
    this.raw = added(request) ? Relation.table(db, "raw") : Relation.file(db, "raw", folder);
  }

  /** Where they lie. */
  Relation relation() {
    return raw;
  }

  /** Pictures as columns; null where there are none. */
  @Nullable PictureColumns pictures() {
    return pictures;
  }

  /** Rows of the prediction log that were added. */
  long recent() {
    return recent;
  }

  /**
   * Makes the table.
   *
   * @param staged null for a source without files
   * @param above from where on a database is asked for rows; null for all
   */
  ReadTable read(@Nullable StagedSource staged, SecretResolver secrets, @Nullable JdbcMark above)
      throws SQLException, IOException {
    ReadTable table = table(staged, secrets, above);
    db.wide(table.columns().size());
    // from here on what the spec computes can neither read nor write outside the folder
    db.run("SET allowed_directories = " + DuckDb.texts(List.of(folder + "/")));
    db.run("SET enable_external_access = false");
    db.run("SET allowed_configs = ['threads']");
    db.run("SET lock_configuration = true");
    return table;
  }

  private ReadTable table(
      @Nullable StagedSource staged, SecretResolver secrets, @Nullable JdbcMark above)
      throws SQLException, IOException {
    if (staged == null) {
      return data.source().jdbc() != null
          ? new JdbcSource(db, secrets).read(data, above)
          : new PredictionsSource(db, store, folder.resolve("log")).read(data);
    }
    List<RawColumn> columns =
        pictures != null && data.source().images() != null
            ? pictures.ofFolders(staged)
            : new SourceReader(db, raw)
                .read(staged, data.source(), added(request) ? null : Unasked.of(request));
    return new ReadTable(columns, staged.shown(), staged.modified());
  }

  /** Adds pictures that the rows name, columns that are worked out, and recent rows. */
  List<RawColumn> extend(List<RawColumn> columns, Staging staging)
      throws SQLException, IOException {
    List<RawColumn> raw = columns;
    if (pictures != null && data.source().images() == null) {
      raw =
          pictures.ofTable(
              raw,
              path ->
                  staging.beside(data.source(), request.specLocation(), path, Pictures.MOST_BYTES));
    }
    raw = DerivedColumns.add(db, raw, data.derive());
    if (request.recent() != null) {
      recent =
          new RecentRowsReader(db, store, folder.resolve("recent"))
              .append(request.recent(), data, raw);
    }
    return raw;
  }

  /** Whether rows or columns come to those of the source, or old ones go. */
  private static boolean added(IngestRequest request) {
    DataSpec data = request.data();
    return !data.derive().isEmpty()
        || request.recent() != null
        || data.image() != null
        || data.source().incremental() != null
        || data.source().jdbc() != null
        || List.of("avro", "predictions").contains(data.source().format());
  }
}
