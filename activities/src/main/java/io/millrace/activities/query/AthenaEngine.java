package io.millrace.activities.query;

import io.millrace.activities.aws.AwsBounds;
import io.millrace.activities.aws.AwsClients;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.athena.model.Datum;
import software.amazon.awssdk.services.athena.model.GetQueryResultsResponse;
import software.amazon.awssdk.services.athena.model.QueryExecution;
import software.amazon.awssdk.services.athena.model.QueryExecutionState;
import software.amazon.awssdk.services.athena.model.Row;

/**
 * Athena over a store on S3. Tables are external ones, named by the digest of their definition, so
 * that equal ones are created once and a changed one is another; dropping them loses nothing.
 *
 * <p>A table of more objects than a statement has room for is told which by a list in the store,
 * {@code queries/<digest>/objects.txt}, written once and named by its bytes.
 *
 * <p>A query is started under a token made of the asker's key and its text: a try that was killed
 * finds the query it started. One that failed is followed by the next of at most {@value #TRIES}
 * tokens, so that a later try asks anew. Whoever stops waiting stops the query.
 */
public final class AthenaEngine implements QueryEngine {
  private static final int TRIES = 20;

  /** How far our clock may be ahead of the service's. */
  private static final Duration SKEW = Duration.ofSeconds(2);

  /** The least time that an answer takes is some 300 ms. */
  private static final Duration FIRST_WAIT = Duration.ofMillis(100);

  /** Asking costs nothing but the account's 20 requests a second. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

  /** The service's own bound on a statement, in bytes. */
  private static final int STATEMENT = 262_144;

  /** Characters of objects' paths in a statement: with more, the statement reads a list of them. */
  private static final int NAMED = 100_000;

  /** The service's own bound on a page. */
  private static final int PAGE = 1_000;

  /** Of a question about a query; a page of an answer is the longest. */
  private static final AwsBounds BOUNDS =
      AwsBounds.ofCall(Duration.ofSeconds(20), Duration.ofSeconds(60), 4);

  private final AthenaClient athena;
  private final ObjectStore store;
  private final AthenaSettings settings;
  private final Set<String> created = ConcurrentHashMap.newKeySet();

  /**
   * @param athena closed with this
   * @param store on S3
   * @throws IllegalArgumentException when it is elsewhere
   */
  public AthenaEngine(AthenaClient athena, ObjectStore store, AthenaSettings settings) {
    if (!store.uri().startsWith("s3://")) {
      throw new IllegalArgumentException("store: " + store.uri() + " (expected: s3://…)");
    }
    this.athena = athena;
    this.store = store;
    this.settings = settings;
  }

  /**
   * A client with bounded waits, on the SDK's chain.
   *
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static AthenaClient client(@Nullable URI endpoint) {
    return AwsClients.built(AthenaClient.builder(), BOUNDS, endpoint);
  }

  @Override
  public Dialect dialect() {
    return Dialect.TRINO;
  }

  @Override
  public String relation(StoredTable table, Asked asked) {
    String from = created(AthenaTables.definition(table, store.location(table.prefix())), asked);
    return TableSql.rows(Dialect.TRINO, table, from, only(table, asked));
  }

  /** Makes a table unless it is there, and names it. */
  private String created(String ddl, Asked asked) {
    String name = "millrace_" + digest(ddl).substring(0, 24);
    if (created.add(name)) {
      try {
        // not under the asker's key: an earlier answer does not say that the table is still there
        ask(
            ddl.replace(AthenaTables.NAME, settings.database() + "." + name),
            new Asked(UUID.randomUUID().toString(), asked.progress()));
      } catch (RuntimeException e) {
        created.remove(name);
        throw e;
      }
    }
    return DuckDb.name(settings.database()) + "." + DuckDb.name(name);
  }

  /** Beside the rows lie manifests and Profiles: the engine leaves files out by their path. */
  private String only(StoredTable table, Asked asked) {
    if (table.keys() == null) {
      return "\"$path\" LIKE " + DuckDb.text("%" + table.format().ending());
    }
    if (table.keys().isEmpty()) {
      return "false";
    }
    List<String> paths = table.keys().stream().map(store::location).toList();
    String named = DuckDb.texts(paths);
    return "\"$path\" IN ("
        + (named.length() <= NAMED
            ? named.substring(1, named.length() - 1)
            : "SELECT " + TableSql.LINE + " FROM " + listed(paths, asked))
        + ")";
  }

  /** A table of these paths, of a text that is written beside the rows once. */
  private String listed(List<String> paths, Asked asked) {
    String text = String.join("\n", paths) + "\n";
    String folder = "queries/" + digest(text) + "/";
    store.create(folder + "objects.txt", text.getBytes(StandardCharsets.UTF_8));
    return created(AthenaTables.lines(store.location(folder)), asked);
  }

  @Override
  public Answer ask(String sql, Asked asked) {
    int bytes = sql.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > STATEMENT) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "athena: a statement of %d bytes (expected: at most %d; fewer rules or columns at once)"
              .formatted(bytes, STATEMENT));
    }
    RuntimeException last = null;
    for (int i = 0; i < TRIES; i++) {
      Instant began = Instant.now().minus(SKEW);
      String id = start(sql, digest(asked.key() + "\n" + sql + "\n" + i));
      QueryExecution ended = ended(id, asked);
      if (ended.status().state() == QueryExecutionState.SUCCEEDED) {
        return answer(ended);
      }
      last = AthenaErrors.failed(ended);
      if (AthenaErrors.tableGone(ended)) {
        // somebody dropped it: the next try makes it again
        created.clear();
      }
      if (!ended.status().submissionDateTime().isBefore(began)) {
        throw last;
      }
      // an earlier try's, which is over: ask anew
    }
    throw Objects.requireNonNull(last);
  }

  private QueryExecution ended(String id, Asked asked) {
    boolean stop = true;
    try {
      QueryExecution ended = await(id, asked);
      stop = false;
      return ended;
    } finally {
      if (stop) {
        stop(id);
      }
    }
  }

  private String start(String sql, String token) {
    return AthenaErrors.call(
            "athena: a query could not be started",
            () ->
                athena.startQueryExecution(
                    r -> {
                      r.queryString(sql)
                          .clientRequestToken(token)
                          .workGroup(settings.workgroup())
                          .queryExecutionContext(
                              c -> c.catalog(settings.catalog()).database(settings.database()));
                      if (settings.output() != null) {
                        r.resultConfiguration(c -> c.outputLocation(settings.output()));
                      }
                    }))
        .queryExecutionId();
  }

  private QueryExecution await(String id, Asked asked) {
    long end = System.nanoTime() + settings.timeout().toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      QueryExecution execution =
          AthenaErrors.call(
                  "athena query " + id, () -> athena.getQueryExecution(r -> r.queryExecutionId(id)))
              .queryExecution();
      switch (execution.status().state()) {
        case SUCCEEDED, FAILED, CANCELLED -> {
          return execution;
        }
        default -> {
          // queued or running
        }
      }
      if (System.nanoTime() + wait.toNanos() > end) {
        throw Failures.of(
            FailureType.AWS_UNAVAILABLE,
            "athena query %s: still %s (expected: to end within %s, the setting athena.timeout)"
                .formatted(id, execution.status().stateAsString(), settings.timeout()));
      }
      asked.progress().accept("athena query " + id);
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failures.of(
            FailureType.AWS_UNAVAILABLE,
            e,
            "athena query " + id + ": interrupted (expected: time)");
      }
      wait = wait.multipliedBy(3).dividedBy(2);
      wait = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }
  }

  private void stop(String id) {
    try {
      athena.stopQueryExecution(r -> r.queryExecutionId(id));
    } catch (SdkException e) {
      // it ends by itself, at the workgroup's own limits; what made us stop matters more
      return;
    }
  }

  private Answer answer(QueryExecution ended) {
    String id = ended.queryExecutionId();
    long scanned =
        ended.statistics() == null
            ? 0
            : Objects.requireNonNullElse(ended.statistics().dataScannedInBytes(), 0L);
    List<List<@Nullable String>> rows = new ArrayList<>();
    String next = null;
    boolean header = ended.statementTypeAsString() == null || isDml(ended);
    do {
      String token = next;
      GetQueryResultsResponse page =
          AthenaErrors.call(
              "athena query " + id,
              () ->
                  athena.getQueryResults(
                      r -> r.queryExecutionId(id).maxResults(PAGE).nextToken(token)));
      List<Row> some = page.resultSet().rows();
      // the first page of a select begins with the columns' names
      for (Row row :
          header && next == null && !some.isEmpty() ? some.subList(1, some.size()) : some) {
        List<@Nullable String> texts = new ArrayList<>();
        for (Datum datum : row.data()) {
          texts.add(datum.varCharValue());
        }
        rows.add(texts);
      }
      if (rows.size() > MOST_ROWS) {
        throw Failures.of(
            FailureType.CONFIG_INVALID,
            "athena query %s: more than %d rows (expected: at most that many)"
                .formatted(id, MOST_ROWS));
      }
      next = page.nextToken();
    } while (next != null);
    return new Answer(rows, scanned);
  }

  private static boolean isDml(QueryExecution ended) {
    return ended.statementTypeAsString().equals("DML");
  }

  /** Of 64 characters, which a token may have and two different queries do not share. */
  private static String digest(String text) {
    return PayloadJson.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    athena.close();
  }
}
