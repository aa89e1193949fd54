package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.DataSpec;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All of a source, every time.
 *
 * @param before what was fetched from there, for when it has not changed
 */
record Whole(DataSpec declared, FetchedBefore before) implements Extent {
  @Override
  public boolean follows() {
    return false;
  }

  @Override
  public @Nullable JdbcMark above() {
    return null;
  }

  @Override
  public StagedSource unread(StagedSource staged) {
    return staged;
  }

  @Override
  public long only(DuckDb db, List<RawColumn> raw) throws SQLException {
    return db.number("SELECT count(*) FROM raw");
  }

  @Override
  public IngestResult nothing(long read) {
    return before.result();
  }

  @Override
  public void quarantine(DuckDb db) {
    // no row comes too late
  }

  @Override
  public String lateSentence() {
    return "";
  }

  @Override
  public List<ExpectationOutcome> outcomes() {
    return List.of();
  }

  @Override
  public List<String> classes(DuckDb db, List<Column> kept, DataChecks checks) throws SQLException {
    return checks.classes();
  }

  @Override
  public List<DatasetManifest.Part> parts() {
    return List.of();
  }

  @Override
  public String suffix() {
    return "";
  }

  @Override
  public Profile profile(@Nullable Profile own) {
    return Objects.requireNonNull(own);
  }

  @Override
  public boolean done(DatasetRef dataset, List<PrivacyFinding> privacy) {
    return true;
  }
}
