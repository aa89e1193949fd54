package io.millrace.activities.data;

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
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Ingest on DuckDB: the source is staged, read as text, typed, checked and hidden in a scratch
 * folder of its own that is deleted in the end; only what may be stored leaves it. Equal bytes and
 * an equal declaration give an equal digest, on any machine. Thread-safe.
 */
public final class DuckDbIngest implements DataActivities {
  /** Pinned: the answer does not depend on the machine's cores. */
  static final int THREADS = 2;

  /** Ingests of one source at once; the losers find what is left. */
  private static final int TRIES = 3;

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
    for (int i = 0; i < TRIES; i++) {
      IngestResult result = attempt(request);
      if (result != null) {
        return result;
      }
    }
    throw Failures.of(
        FailureType.STORE_UNAVAILABLE,
        "ingest of %s: other ingests of it were faster %d times (expected: one at a time)"
            .formatted(request.name(), TRIES));
  }

  /** Null when another ingest of the same source was faster. */
  private @Nullable IngestResult attempt(IngestRequest request) {
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

  private @Nullable IngestResult ingest(IngestRequest request, Path folder, Progress progress)
      throws SQLException, IOException {
    FetchedBefore before = new FetchedBefore(store, request);
    Extent extent = Extent.of(request, store, before, folder);
    DataSpec data = extent.declared();
    Staging staging = new Staging(folder.resolve("source"), http, s3);
    StagedSource staged = null;
    if (!List.of("jdbc", "predictions").contains(data.source().format())) {
      StagedSource found = staging.stage(data.source(), request.specLocation(), before.etag());
      staged = found == null ? null : extent.unread(found);
      if (staged == null || staged.files().isEmpty()) {
        return extent.nothing(0);
      }
    }
    try (DuckDb db = DuckDb.inFile(THREADS, folder)) {
      RawRows rawRows = new RawRows(db, store, folder, request, data);
      ReadTable source = rawRows.read(staged, secrets, extent.above());
      staging.unchanged();
      long rowsRead = db.number("SELECT count(*) FROM raw");
      if (rowsRead == 0 && extent.follows()) {
        return extent.nothing(0);
      }
      if (rowsRead == 0) {
        throw Failures.of(
            FailureType.DATA_UNREADABLE,
            "source: " + source.shown() + " has 0 rows (expected: > 0)");
      }
      List<RawColumn> raw = rawRows.extend(source.columns(), staging);
      long recent = rawRows.recent();
      progress.at("read", rowsRead + recent);
      if (extent.only(db, raw) == 0) {
        return extent.nothing(rowsRead);
      }
      ColumnTypes types = new ColumnTypes(db, request.task(), data);
      PictureColumns pictures = rawRows.pictures();
      List<Column> columns =
          pictures == null ? types.decide(raw) : pictures.only(types.decide(raw));
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
      List<ExpectationOutcome> left = ErasedRows.leaveOut(db, rawRows.relation(), store, columns);
      TypedRows rows = TypedRows.type(db, rawRows.relation(), columns, kept);
      progress.at("expectations", rowsRead + recent);
      Instant now = request.recent() == null ? source.modified() : request.recent().to();
      VersionHistory history =
          new VersionHistory(
              store,
              request.name(),
              data.expectations().stream().anyMatch(rule -> rule.history() != null),
              left.isEmpty());
      List<Column> typed = TypedRows.typed(columns, kept);
      Expectations expectations = new Expectations(db, data.expectations(), typed, now, history);
      List<ExpectationOutcome> outcomes = new ArrayList<>(expectations.check());
      outcomes.addAll(left);
      extent.quarantine(db);
      outcomes.addAll(extent.outcomes());
      outcomes.addAll(types.warnings());
      rows.clean(kept, privacy, data.forecast() != null, outcomes);
      DataChecks checks = new DataChecks(db, data, request.task(), kept);
      boolean follows = extent.follows();
      List<String> classes = extent.classes(db, kept, checks);
      Aside<List<ExpectationOutcome>> features =
          // a pixel that tells the class is what a picture is for
          pictures == null && !follows
              ? FeatureChecks.begin(
                  db, data, request.task(), kept, classes, checks, rows.everything())
              : Aside.known(List.of());
      ForecastSpec forecast = data.forecast();
      String naive = null;
      Splitter splitter;
      try (features) {
        List<ExpectationOutcome> later = new ArrayList<>();
        if (forecast != null) {
          // after the checks: a value of the past that tells the future is no leak
          features.answer();
          ForecastColumns past = new ForecastColumns(db, data, forecast, kept);
          kept = past.derive();
          later.addAll(past.outcomes());
          naive = past.naive();
        }
        splitter =
            new Splitter(
                db,
                folder,
                data,
                kept,
                RecentRowsReader.alone(request.recent()) ? rowsRead + recent : rowsRead,
                classes.isEmpty());
        later.addAll(
            SplitChecks.divide(db, folder, data, kept, classes, splitter, follows, features));
        outcomes.addAll(features.answer());
        outcomes.addAll(later);
      }
      Map<String, Long> counts = splitter.rows();
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
                  counts,
                  new PartFiles.Rows(rows.everything(), splitter.marks()),
                  extent.parts(),
                  extent.suffix(),
                  naive,
                  Recommended.ranking(db, data, kept)));
      Path quarantine =
          publisher.quarantine(
              own, expectations, data.expectations().size(), extent.lateSentence());
      progress.at("profile", written.dataset().rows());
      try (Publisher.Upload parts = publisher.upload(written, rows::abandon)) {
        boolean trained = counts.containsKey(Quota.PARTS.get(Quota.TRAIN));
        Profile trainedOn = trained ? publisher.profile(kept, written) : null;
        publisher.publish(written, parts, extent.profile(trainedOn), quarantine);
      }
      history.remember(written.dataset().digest());
      if (!extent.done(written.dataset(), privacy.findings())) {
        return null;
      }
      IngestResult result =
          new IngestResult(
              written.dataset(),
              rowsRead,
              db.number("SELECT count(DISTINCT rn) FROM broken"),
              recent,
              written.rows(),
              outcomes,
              privacy.findings());
      before.remember(staged == null ? null : staged.etag(), request, result);
      return result;
    }
  }
}
