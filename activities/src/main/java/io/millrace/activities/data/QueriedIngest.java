package io.millrace.activities.data;

import io.millrace.activities.query.ParquetTables;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable;
import io.millrace.activities.query.TableRules;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ingest that checks a source of Parquet objects on S3 where it lies, before a byte of it is
 * fetched: one that breaks a rule is refused in the words of an ingest. What passes is ingested as
 * always, rules included, so that the version is the same bytes whatever the engine.
 *
 * <p>Left to the ingest alone: {@code history}, {@code freshness}, rules over derived columns, and
 * sources that are patterns, single objects or incremental. Thread-safe.
 */
public final class QueriedIngest implements DataActivities {
  private static final Logger LOG = LoggerFactory.getLogger(QueriedIngest.class);

  private final DataActivities next;
  private final Function<ObjectStore, QueryEngine> engines;
  private final Function<String, ObjectStore> sources;
  private final Path scratch;

  /**
   * @param engines over a source, which is a store of its own
   */
  public QueriedIngest(
      DataActivities next, Function<ObjectStore, QueryEngine> engines, Path scratch) {
    this(next, engines, Stores::open, scratch);
  }

  /**
   * @param sources by {@code s3://bucket/…}
   */
  QueriedIngest(
      DataActivities next,
      Function<ObjectStore, QueryEngine> engines,
      Function<String, ObjectStore> sources,
      Path scratch) {
    this.next = next;
    this.engines = engines;
    this.sources = sources;
    this.scratch = scratch.resolve("query");
  }

  @Override
  public IngestResult ingest(IngestRequest request) {
    String location = prefix(request.data());
    if (location != null) {
      check(request, location);
    }
    return next.ingest(request);
  }

  /** Null where the source is nothing that is checked where it lies. */
  private static @Nullable String prefix(DataSpec data) {
    String location = data.source().parquet();
    return location != null
            && location.startsWith("s3://")
            && location.endsWith("/")
            && !Locations.pattern(location)
            && data.source().partitions() == null
            && data.source().incremental() == null
            && !data.expectations().isEmpty()
        ? location
        : null;
  }

  private void check(IngestRequest request, String location) {
    String rest = location.substring("s3://".length());
    int slash = rest.indexOf('/');
    // the bucket as a store: the engine is asked for keys below it
    try (Progress progress = Progress.start();
        ObjectStore source = sources.apply("s3://" + rest.substring(0, slash));
        QueryEngine engine = engines.apply(source)) {
      progress.at("expectations", 0);
      StoredTable table = ParquetTables.under(source, rest.substring(slash + 1), scratch);
      List<ExpectationSpec> rules = rules(engine, table, request.data());
      TableRules.Checked checked =
          new TableRules(
                  engine,
                  table,
                  rules,
                  new Asked("ingest " + request.run(), at -> progress.at("expectations", 0)))
              .check(null);
      LOG.info(
          "{}: {} rules over {} rows where they lie, {} bytes scanned",
          location,
          rules.size(),
          checked.rows(),
          checked.scannedBytes());
      if (!checked.refused().isEmpty()) {
        throw Failures.of(FailureType.DATA_INVALID, String.join("; ", checked.refused()));
      }
    }
  }

  private static List<ExpectationSpec> rules(QueryEngine engine, StoredTable table, DataSpec data) {
    List<ExpectationSpec> some =
        data.expectations().stream()
            // the versions before and the data's own time are the ingest's to know
            .filter(rule -> rule.history() == null && rule.freshness() == null)
            // a condition may speak of columns that are not there yet
            .filter(rule -> rule.sql() == null || data.derive().isEmpty())
            .filter(rule -> TableRules.checkable(engine, table, rule))
            .toList();
    List<ExpectationSpec> drops =
        data.expectations().stream().filter(rule -> rule.onBreak() == OnBreak.DROP).toList();
    // how many rows are left is not known when one is not asked, or may take another of two twins
    boolean unknown =
        !some.containsAll(drops)
            || (drops.size() > 1 && drops.stream().anyMatch(rule -> rule.unique() != null));
    return unknown ? some.stream().filter(rule -> rule.rows() == null).toList() : some;
  }
}
