package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.IncrementalSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a source one ingest reads, and what its version has from the ones before: everything and
 * nothing ({@link Whole}), or what is new and all that was there ({@link Increment}).
 */
sealed interface Extent permits Whole, Increment {
  /**
   * As the request declares it.
   *
   * @param before what was fetched from the same place
   * @param folder an own folder
   */
  static Extent of(IngestRequest request, ObjectStore store, FetchedBefore before, Path folder) {
    IncrementalSpec incremental = request.data().source().incremental();
    return incremental == null
        ? new Whole(request.data(), before)
        : new Increment(
            new Increments(store, folder.resolve("before"), request.name()),
            incremental,
            request,
            folder);
  }

  /** The declaration, with the types and the hiding of rows that are there. */
  DataSpec declared();

  /** Whether there are rows already: columns and classes are theirs. */
  boolean follows();

  /** From where on a database is asked for rows; null for all. */
  @Nullable JdbcMark above();

  /** What of a staged source is to be read; its files may be none. */
  StagedSource unread(StagedSource staged) throws IOException;

  /** Leaves in {@code raw} only what is to be read; gives the rows. */
  long only(DuckDb db, List<RawColumn> raw) throws SQLException;

  /**
   * The result where nothing is to be read: the version that is there.
   *
   * @param read rows that were looked at
   */
  IngestResult nothing(long read);

  /** Puts rows of {@code typed} that may not be added into {@code broken}. */
  void quarantine(DuckDb db) throws SQLException;

  /** Why those rows are there. */
  String lateSentence();

  /** What is to be told of the choice of rows. */
  List<ExpectationOutcome> outcomes();

  /**
   * The target's values.
   *
   * @param checks of the rows themselves
   */
  List<String> classes(DuckDb db, List<Column> kept, DataChecks checks) throws SQLException;

  /** Parts of versions before that are this one's too. */
  List<DatasetManifest.Part> parts();

  /** Added to names of parts, so that no two of a chain of versions are the same. */
  String suffix();

  /**
   * The version's profile.
   *
   * @param own of the rows that were read; null when none of them is trained on
   */
  Profile profile(@Nullable Profile own);

  /**
   * Says that the rows up to here are in the version; last of all.
   *
   * @return false when another ingest was faster
   */
  boolean done(DatasetRef dataset, List<PrivacyFinding> privacy);
}
