package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Sha256;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One ingest of what is new: where it goes on from, what it leaves out, and what the version it
 * makes has in common with the one before, whose parts it refers to. Columns keep their types, what
 * was hidden is hidden again, and a class that was not there before is refused.
 */
final class Increment implements Extent {
  /** Findings inside texts: the column itself was kept. */
  private static final List<String> INSIDE = List.of("inside-text", "free-text");

  private final Increments increments;
  private final IncrementalSpec spec;
  private final IngestRequest request;
  private final Path folder;
  private final Optional<Increments.Head> head;
  private final long seq;
  private Map<String, Increments.FileRead> files = Map.of();
  private boolean told;
  private @Nullable NewRows rows;

  /**
   * @param folder an own folder
   */
  Increment(Increments increments, IncrementalSpec spec, IngestRequest request, Path folder) {
    this.increments = increments;
    this.spec = spec;
    this.request = request;
    this.folder = folder;
    this.head = increments.head();
    this.seq = head.map(h -> h.seq() + 1).orElseGet(increments::next);
    head.ifPresent(h -> same(h.manifest()));
  }

  private void same(DatasetManifest manifest) {
    boolean equal =
        manifest.task().equals(request.task()) && manifest.target().equals(request.data().target());
    if (!equal) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "data.target: %s, task %s (expected: %s, task %s, as in the rows that are there)"
              .formatted(
                  request.data().target(), request.task(), manifest.target(), manifest.task()));
    }
  }

  /** What of a staged source is new; its files may be none. */
  @Override
  public StagedSource unread(StagedSource staged) throws IOException {
    UnreadFiles unread =
        UnreadFiles.of(
            staged, request.data().source(), head.map(h -> h.state().files()).orElse(Map.of()));
    files = unread.all();
    told = unread.told();
    return unread.source();
  }

  /** Leaves new rows only in {@code raw}; gives their count. */
  @Override
  public long only(DuckDb db, List<RawColumn> raw) throws SQLException {
    NewRows own = new NewRows(db, spec, folder);
    rows = own;
    Increments.State state = head.map(Increments.Head::state).orElse(null);
    Path before =
        state == null ? null : increments.seen(state, folder.resolve("seen-before.parquet"));
    return own.only(raw, state, before, told);
  }

  @Override
  public @Nullable JdbcMark above() {
    return head.map(Increments.Head::state)
        .map(
            state ->
                new JdbcMark(
                    spec.watermark(),
                    state.number(),
                    state.mark() - NewRows.allowed(spec, state.number())))
        .orElse(null);
  }

  /** Whether there are rows already. */
  @Override
  public boolean follows() {
    return head.isPresent();
  }

  /** The declaration, with the types and the hiding of the rows that are there. */
  @Override
  public DataSpec declared() {
    DataSpec data = request.data();
    if (head.isEmpty()) {
      return data;
    }
    Map<String, ColumnType> columns = new HashMap<>(data.columns());
    for (ColumnInfo column : head.get().manifest().columns()) {
      if (column.role() == Role.FEATURE) {
        columns.putIfAbsent(column.name(), column.type());
      }
    }
    PrivacySpec privacy = data.privacy();
    Map<String, PrivacySpec.Action> hidden = new HashMap<>(privacy.columns());
    for (PrivacyFinding finding : head.get().state().privacy()) {
      if (!INSIDE.contains(finding.recogniser())) {
        hidden.putIfAbsent(
            finding.column(),
            PrivacySpec.Action.valueOf(finding.action().toUpperCase(java.util.Locale.ROOT)));
      }
    }
    // a column that was hidden is no feature any more
    hidden.keySet().forEach(columns::remove);
    columns.putAll(data.columns());
    return new DataSpec(
        data.source(),
        data.target(),
        data.positive(),
        data.favourable(),
        data.id(),
        data.time(),
        data.exclude(),
        columns,
        data.split(),
        data.expectations(),
        new PrivacySpec(privacy.detect(), privacy.onFind(), privacy.key(), hidden),
        data.derive(),
        data.forecast(),
        data.recommend(),
        data.image());
  }

  /** Columns and classes are those of the rows that are there. */
  @Override
  public List<String> classes(DuckDb db, List<Column> kept, DataChecks checks) throws SQLException {
    if (head.isEmpty()) {
      return checks.classes();
    }
    DatasetManifest manifest = head.orElseThrow().manifest();
    List<String> before =
        manifest.columns().stream().map(c -> c.name() + " " + c.type() + " " + c.role()).toList();
    List<String> now = kept.stream().map(c -> c.name() + " " + c.type() + " " + c.role()).toList();
    if (!before.equals(now)) {
      throw DataChecks.invalid(
          "columns: " + now, before + ", as in the rows that are there; or another model's name");
    }
    if (request.task().scored() == Task.REGRESSION) {
      return List.of();
    }
    Column target = kept.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    long others =
        db.number(
            "SELECT count(*) FROM clean WHERE %s NOT IN (%s)"
                .formatted(
                    target.sql(),
                    String.join(", ", manifest.classes().stream().map(DuckDb::text).toList())));
    if (others > 0) {
      throw DataChecks.invalid(
          "%s: another value than before in %d rows".formatted(target.name(), others),
          "one of " + manifest.classes().stream().map(ValueRecognisers::shown).toList());
    }
    return manifest.classes();
  }

  /** Rows that came too late go to quarantine too. */
  @Override
  public void quarantine(DuckDb db) throws SQLException {
    db.run(
        "INSERT INTO broken SELECT rn, %d FROM late WHERE rn IN (SELECT rn FROM typed)"
            .formatted(NewRows.LATE));
  }

  @Override
  public String lateSentence() {
    return spec.watermark() + " is not later than allowed";
  }

  @Override
  public List<ExpectationOutcome> outcomes() {
    return rows == null ? List.of() : rows.outcomes();
  }

  /** Parts of the version before; empty for the first. */
  @Override
  public List<DatasetManifest.Part> parts() {
    return head.map(h -> h.manifest().parts().stream().map(p -> p.under(h.dataset())).toList())
        .orElse(List.of());
  }

  /** Added to names of parts, so that no two of a chain of versions are the same. */
  @Override
  public String suffix() {
    return seq == 1 ? "" : "-" + seq;
  }

  /**
   * With that of the rows before.
   *
   * @param own null when no row is trained on
   */
  @Override
  public Profile profile(@Nullable Profile own) {
    if (head.isEmpty()) {
      return java.util.Objects.requireNonNull(own);
    }
    Profile before = increments.profile(head.get().dataset());
    return own == null ? before : before.merge(own);
  }

  /**
   * Says that the rows up to here are in the version; last of all.
   *
   * @return false when another ingest was faster
   */
  @Override
  public boolean done(DatasetRef dataset, List<PrivacyFinding> privacy) {
    NewRows own = rows;
    if (own == null) {
      throw new IllegalStateException("rows were chosen before");
    }
    Path seen = own.seen();
    return increments.append(
        seq,
        new Increments.State(
            dataset.digest(),
            own.number(),
            own.mark(),
            files,
            privacy.isEmpty() ? head.map(h -> h.state().privacy()).orElse(privacy) : privacy,
            seen == null ? null : Sha256.of(seen)),
        seen);
  }

  /**
   * The version that is there, where nothing came to it.
   *
   * @param read rows that were looked at
   */
  @Override
  public IngestResult nothing(long read) {
    Increments.Head there = head.orElseThrow();
    List<ExpectationOutcome> outcomes = new ArrayList<>(outcomes());
    outcomes.add(
        new ExpectationOutcome(
            "rows beyond the watermark",
            "warn",
            0,
            "%s: no new row; the version is the one before".formatted(spec.watermark())));
    return new IngestResult(
        there.dataset(), read, 0, 0, there.manifest().rows(), outcomes, there.state().privacy());
  }
}
