package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.S3Store;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.athena.AthenaClient;
import software.amazon.awssdk.services.s3.S3Client;

/** What the service may answer besides rows, by its protocol (JSON 1.1 over HTTP). */
class AthenaEngineTest {
  private final List<String> asked = new ArrayList<>();
  private final Deque<String> states = new ArrayDeque<>();
  private final Deque<String> pages = new ArrayDeque<>();
  private HttpServer server;
  private AthenaEngine engine;
  private int started;
  @TempDir private Path folder;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
          JsonNode body = PayloadJson.mapper().readTree(exchange.getRequestBody());
          String action = target.substring(target.indexOf('.') + 1);
          asked.add(action + " " + body);
          byte[] answer = answer(action).getBytes(StandardCharsets.UTF_8);
          int status = new String(answer, StandardCharsets.UTF_8).contains("__type") ? 400 : 200;
          exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    engine = engine(Duration.ofSeconds(20));
  }

  private AthenaEngine engine(Duration timeout) {
    return new AthenaEngine(
        AthenaClient.builder()
            .region(Region.US_EAST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
            .build(),
        new S3Store(S3Client.builder().region(Region.US_EAST_1).build(), "bucket", "prefix"),
        new AthenaSettings("wg", "AwsDataCatalog", "db", null, timeout));
  }

  @AfterEach
  void stop() {
    engine.close();
    server.stop(0);
  }

  private String answer(String action) {
    return switch (action) {
      case "StartQueryExecution" ->
          states.peekFirst() != null && states.peekFirst().contains("__type")
              ? states.removeFirst()
              : "{\"QueryExecutionId\":\"q" + started++ + "\"}";
      case "GetQueryExecution" -> states.size() > 1 ? states.removeFirst() : states.getFirst();
      case "GetQueryResults" -> pages.removeFirst();
      default -> "{}";
    };
  }

  private static String state(String state, String reason, Instant submitted) {
    return """
    {"QueryExecution":{"QueryExecutionId":"q","StatementType":"DML","Status":{"State":"%s",
    "StateChangeReason":"%s","SubmissionDateTime":%d},"Statistics":{"DataScannedInBytes":1234}}}\
    """
        .formatted(state, reason, submitted.getEpochSecond());
  }

  private void failsWith(String reason, FailureType type, String sentence) {
    states.clear();
    states.add(state("FAILED", reason, Instant.now().plusSeconds(1)));
    assertThatThrownBy(() -> engine.ask("SELECT 1", Asked.of("k")))
        .as(reason)
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(type))
        .hasMessageContaining(sentence)
        .hasMessageNotContaining("4111");
  }

  @Test
  void failures_sayWhatToDo_andQuoteNoValue() {
    failsWith(
        "Insufficient permissions to execute the query. Access Denied on 4111",
        FailureType.CONFIG_INVALID,
        "infra/aws/athena-policy.json");
    failsWith(
        "Bytes scanned limit was exceeded: 4111", FailureType.CONFIG_INVALID, "workgroup's limits");
    failsWith(
        "Query exhausted resources at this scale factor",
        FailureType.CONFIG_INVALID,
        "workgroup's limits");
    failsWith(
        "INVALID_CAST_ARGUMENT: Cannot cast '4111' to DOUBLE",
        FailureType.CONFIG_INVALID,
        "INVALID_CAST_ARGUMENT (expected: SQL that Athena can evaluate");
    failsWith(
        "HIVE_BAD_DATA: Malformed Parquet file 4111", FailureType.DATA_UNREADABLE, "HIVE_BAD_DATA");
    failsWith(
        "GENERIC_INTERNAL_ERROR: 4111", FailureType.AWS_UNAVAILABLE, "GENERIC_INTERNAL_ERROR");
    failsWith("SCHEMA_NOT_FOUND: db", FailureType.CONFIG_INVALID, "athena.database");
  }

  @Test
  void refusals_ofACall_sayWhatToDo() {
    states.add("{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}");
    assertThatThrownBy(() -> engine.ask("SELECT 1", Asked.of("k")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("infra/aws/athena-policy.json");
    states.clear();
    states.add(
        "{\"__type\":\"InvalidRequestException\",\"message\":\"WorkGroup wg is not found\"}");
    assertThatThrownBy(() -> engine.ask("SELECT 1", Asked.of("k")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("athena.workgroup");
  }

  @Test
  void anAnswerOfSeveralPages_isWhole_withoutItsHeader_andNullIsNull() {
    states.add(state("RUNNING", "", Instant.now()));
    states.add(state("SUCCEEDED", "", Instant.now()));
    pages.add(
        "{\"NextToken\":\"2\",\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"a\"},{\"VarCharValue\":\"b\"}]},"
            + "{\"Data\":[{\"VarCharValue\":\"1\"},{}]}]}}");
    pages.add(
        "{\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"2\"},{\"VarCharValue\":\"\"}]}]}}");
    QueryEngine.Answer answer = engine.ask("SELECT a, b", Asked.of("k"));
    assertThat(answer.rows()).hasSize(2);
    assertThat(answer.rows().get(0)).containsExactly("1", null);
    assertThat(answer.rows().get(1)).containsExactly("2", "");
    assertThat(answer.scannedBytes()).isEqualTo(1234);
    assertThat(asked.getFirst())
        .contains("\"WorkGroup\":\"wg\"")
        .contains("\"Database\":\"db\"")
        .containsPattern("\"ClientRequestToken\":\"[0-9a-f]{64}\"");
  }

  @Test
  void aQueryThatAnEarlierTryLost_isAskedAnew_aFreshFailureIsTold() {
    states.add(state("FAILED", "GENERIC_INTERNAL_ERROR: x", Instant.now().minusSeconds(600)));
    states.add(state("SUCCEEDED", "", Instant.now()));
    pages.add("{\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"n\"}]}]}}");
    assertThat(engine.ask("SELECT n", Asked.of("k")).rows()).isEmpty();
    List<String> tokens =
        asked.stream()
            .filter(a -> a.startsWith("Start"))
            .map(a -> a.replaceAll(".*\"ClientRequestToken\":\"([0-9a-f]+)\".*", "$1"))
            .toList();
    assertThat(tokens).hasSize(2).doesNotHaveDuplicates();
  }

  @Test
  void whoStopsWaiting_stopsTheQuery() {
    states.add(state("RUNNING", "", Instant.now()));
    assertThatThrownBy(
            () ->
                engine.ask(
                    "SELECT 1",
                    new Asked(
                        "k",
                        at -> {
                          throw new CancellationException("the activity was cancelled");
                        })))
        .isInstanceOf(CancellationException.class);
    assertThat(asked.getLast()).isEqualTo("StopQueryExecution {\"QueryExecutionId\":\"q0\"}");
  }

  @Test
  void aQueryThatLastsTooLong_isStopped_andNamesTheSetting() {
    states.add(state("QUEUED", "", Instant.now()));
    try (AthenaEngine hasty = engine(Duration.ofMillis(50))) {
      assertThatThrownBy(() -> hasty.ask("SELECT 1", Asked.of("k")))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.AWS_UNAVAILABLE))
          .hasMessageContaining("still QUEUED (expected: to end within PT0.05S")
          .hasMessageContaining("athena.timeout");
    }
    assertThat(asked.getLast()).startsWith("StopQueryExecution");
  }

  @Test
  void aStoreThatIsNotOnS3_isRefused() {
    assertThatThrownBy(
            () ->
                new AthenaEngine(
                    AthenaClient.builder().region(Region.US_EAST_1).build(),
                    new FileStore(folder),
                    new AthenaSettings("wg", "c", "db", null, Duration.ofSeconds(1))))
        .hasMessageContaining("store: file:")
        .hasMessageContaining("(expected: s3://…)");
  }

  @Test
  void definitions_projectTheLogsFolders_andReadParquetByPlace() {
    String log =
        AthenaTables.definition(
            new StoredTable(
                "p/", StoredTable.Format.LOG, List.of(StoredTable.Field.of("a", true)), null, null),
            "s3://b/p");
    assertThat(log)
        .contains("LOCATION 's3://b/p/'")
        .contains("'projection.dt.range' = '2020-01-01,NOW+1DAYS'")
        .contains("'projection.hr.values' = '00,01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17")
        .contains("'storage.location.template' = 's3://b/p/dt=${dt}/hr=${hr}/'");
    assertThat(
            AthenaTables.definition(
                new StoredTable(
                    "p/",
                    StoredTable.Format.PARQUET,
                    List.of(new StoredTable.Field("A b", "bigint")),
                    null,
                    null),
                "s3://b/p/"))
        .contains("(c0 bigint)")
        .contains("'parquet.column.index.access' = 'true'");
  }
}
