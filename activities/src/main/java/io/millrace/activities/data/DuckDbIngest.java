package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Clients;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.ImageSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Ingest on DuckDB: the source is staged, read as text, typed, checked and hidden in a scratch
 * folder of its own that is deleted in the end; only what may be stored leaves it. Equal bytes and
 * an equal declaration give an equal digest, on any machine. Thread-safe.
 */
public final class DuckDbIngest implements DataActivities {
  /** Pinned: the answer does not depend on the machine's cores. */
  private static final int THREADS = 2;

  private final ObjectStore store;
  private final Path scratch;
  private final SecretResolver secrets;
  private final Supplier<S3Client> s3;
  private final HttpSource http;

  public DuckDbIngest(ObjectStore store, Path scratch, SecretResolver secrets) {
    this(store, scratch, secrets, S3Clients::open, Duration.ofSeconds(10), Duration.ofSeconds(60));
  }

  /**
   * Clears the raw rows that killed processes left in the scratch folder.
   *
   * @param s3 for sources; asked for with the first {@code s3://} location
   * @param connect longest wait for an HTTP connection
   * @param silence longest wait for the next bytes of an HTTP answer
   */
  public DuckDbIngest(
      ObjectStore store,
      Path scratch,
      SecretResolver secrets,
      Supplier<S3Client> s3,
      Duration connect,
      Duration silence) {
    this.store = store;
    this.scratch = scratch.resolve("ingest");
    this.secrets = secrets;
    this.s3 = s3;
    this.http = new HttpSource(connect, silence);
    ScratchFolder.clear(this.scratch);
  }

  @Override
  public IngestResult ingest(IngestRequest request) {
    try {
      Checks.name("name", request.name());
      request.data().source().location();
    } catch (IllegalArgumentException e) {
      throw Failures.of(FailureType.CONFIG_INVALID, e, String.valueOf(e.getMessage()));
    }
    try (Progress progress = Progress.start();
        ScratchFolder folder = ScratchFolder.open(scratch)) {
      return ingest(request, folder.path(), progress);
    } catch (SQLException e) {
      // what DuckDB says may quote values: only the kind of error leaves
      String kind = SourceReader.kind(String.valueOf(e.getMessage()));
      boolean full = kind.startsWith("Out of Memory") || kind.startsWith("IO");
      throw Failures.of(
          full ? FailureType.STORE_UNAVAILABLE : FailureType.INVARIANT_BROKEN,
          "ingest of " + request.name() + ": " + kind + " (expected: to be computed)");
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "scratch: " + scratch + " (expected: writable): " + e);
    }
  }

  private IngestResult ingest(IngestRequest request, Path folder, Progress progress)
      throws SQLException, IOException {
    DataSpec data = request.data();
    Staging staging = new Staging(folder.resolve("source"), http, s3);
    boolean files = !List.of("jdbc", "predictions").contains(data.source().format());
    StagedSource staged = files ? staging.stage(data.source(), request.specLocation()) : null;
    try (DuckDb db = DuckDb.open(THREADS, folder.resolve("spill"))) {
      ImageSpec image = data.image();
      PictureColumns pictures = image == null ? null : new PictureColumns(db, data, image);
      StagedSource source;
      List<RawColumn> raw;
      if (staged != null) {
        source = staged;
        raw =
            pictures != null && data.source().images() != null
                ? pictures.ofFolders(source)
                : new SourceReader(db).read(source, data.source());
      } else {
        ReadTable table =
            data.source().jdbc() != null
                ? new JdbcSource(db, secrets).read(data)
                : new PredictionsSource(db, store, folder.resolve("log")).read(data);
        source = table.source();
        raw = table.columns();
      }
      // from here on what the spec computes can neither read nor write outside the folder
      lock(db, folder);
      long rowsRead = db.number("SELECT count(*) FROM raw");
      if (rowsRead == 0) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: " + source.shown() + " has 0 rows (expected: > 0)");
      }
      if (pictures != null && data.source().images() == null) {
        raw =
            pictures.ofTable(
                raw,
                path ->
                    staging.beside(
                        data.source(), request.specLocation(), path, Pictures.MOST_BYTES));
      }
      raw = DerivedColumns.add(db, raw, data.derive());
      long recent =
          request.recent() == null
              ? 0
              : new RecentRowsReader(db, store, folder.resolve("recent"))
                  .append(request.recent(), data, raw);
      progress.at("read", rowsRead + recent);
      ColumnTypes types = new ColumnTypes(db, request);
      List<Column> columns = types.decide(raw);
      if (pictures != null) {
        columns = pictures.only(columns);
      }
      progress.at("privacy", rowsRead + recent);
      PrivacyActions privacy =
          new PrivacyActions(
              request.name(),
              data.privacy(),
              columns,
              PrivacyActions.detects(data.privacy()) ? new PersonalData(db).find(raw) : List.of(),
              secrets);
      List<Column> own = privacy.columns(columns);
      List<Column> kept = own;
      List<ExpectationOutcome> left = ErasedRows.leaveOut(db, store, columns);
      type(db, columns, kept);
      progress.at("expectations", rowsRead + recent);
      Instant now = request.recent() == null ? source.modified() : request.recent().to();
      Expectations expectations =
          new Expectations(db, data.expectations(), typed(columns, kept), now);
      List<ExpectationOutcome> outcomes = new ArrayList<>(expectations.check());
      outcomes.addAll(left);
      outcomes.addAll(types.warnings());
      clean(db, kept, privacy, outcomes);
      DataChecks checks = new DataChecks(db, data, request.task(), kept);
      List<String> classes = checks.classes();
      if (image == null) {
        // a pixel that tells the class is what a picture is for
        checks.features(classes);
      }
      ForecastSpec forecast = data.forecast();
      String naive = null;
      if (forecast != null) {
        ForecastColumns past = new ForecastColumns(db, data, forecast, kept);
        // after the checks: a value of the past that tells the future is no leak
        kept = past.derive();
        outcomes.addAll(past.outcomes());
        naive = past.naive();
      }
      Splitter splitter =
          new Splitter(
              db,
              data,
              kept,
              RecentRowsReader.alone(request.recent()) ? rowsRead + recent : rowsRead,
              classes.isEmpty());
      outcomes.addAll(splitter.split());
      Map<String, Long> rows = splitter.rows();
      SplitChecks.check(db, data, kept, classes, rows);
      progress.at("write", rowsRead + recent);
      Publisher publisher = new Publisher(db, store, folder);
      Publisher.Written written =
          publisher.write(
              new Publisher.Version(
                  request.name(),
                  request.task(),
                  kept,
                  classes,
                  data.expectations(),
                  rows,
                  naive,
                  Recommended.ranking(db, data, kept)));
      Path quarantine = publisher.quarantine(own, expectations, data.expectations().size());
      progress.at("profile", written.dataset().rows());
      Profile profile = publisher.profile(kept);
      publisher.publish(written, profile, quarantine);
      return new IngestResult(
          written.dataset(),
          rowsRead,
          db.number("SELECT count(DISTINCT rn) FROM broken"),
          recent,
          rows,
          outcomes,
          privacy.findings());
    }
  }

  /** Every column as it is typed: those that are kept as they are kept, the others as they were. */
  private static List<Column> typed(List<Column> columns, List<Column> kept) {
    List<Column> typed = new ArrayList<>();
    for (Column column : columns) {
      typed.add(kept.stream().filter(k -> k.raw().equals(column.raw())).findFirst().orElse(column));
    }
    return typed;
  }

  private static void type(DuckDb db, List<Column> columns, List<Column> kept) throws SQLException {
    db.run(
        "CREATE TABLE typed AS SELECT rowid AS rn, "
            + String.join(
                ", ", typed(columns, kept).stream().map(c -> c.typed() + " AS " + c.sql()).toList())
            + " FROM raw ORDER BY rowid");
    db.run("DROP TABLE raw");
  }

  private static void lock(DuckDb db, Path folder) throws SQLException {
    db.run("SET allowed_directories = " + DuckDb.texts(List.of(folder + "/")));
    db.run("SET enable_external_access = false");
    db.run("SET lock_configuration = true");
  }

  /** Makes {@code clean} and {@code quarantined}: hidden, without rows that have no target. */
  private static void clean(
      DuckDb db, List<Column> kept, PrivacyActions privacy, List<ExpectationOutcome> outcomes)
      throws SQLException {
    Column target = kept.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    if (kept.stream().noneMatch(Column::feature)) {
      throw DataChecks.invalid("features: none after hiding personal data", "at least one");
    }
    long missing = db.number("SELECT count(*) FROM typed WHERE " + target.sql() + " IS NULL");
    if (missing > 0 && missing == db.number("SELECT count(*) FROM typed")) {
      throw DataChecks.invalid(
          target.name() + ": no value in all " + missing + " rows", "a target in each row");
    }
    if (missing > 0) {
      outcomes.add(
          new ExpectationOutcome(
              target.name() + " is not null",
              "warn",
              missing,
              "%s: %d rows have no target and are left out".formatted(target.name(), missing)));
    }
    List<String> replaced = new ArrayList<>();
    for (Column column : kept) {
      replaced.add(privacy.replace(db, column) + " AS " + column.sql());
    }
    String select = " AS SELECT rn, " + String.join(", ", replaced) + " FROM typed WHERE ";
    String broken = "rn IN (SELECT rn FROM broken)";
    db.run("CREATE TABLE quarantined" + select + broken + " ORDER BY rn");
    db.run(
        "CREATE TABLE clean"
            + select
            + "NOT "
            + broken
            + " AND "
            + target.sql()
            + " IS NOT NULL ORDER BY rn");
    db.run("DROP TABLE typed");
  }
}
