package io.millrace.events.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.events.EventSamples;
import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.MemoryBuckets;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over HTTP, to a server that scores {@code x} as {@code x / 10} and refuses texts. */
class ScorerTest {
  private static final EventLog SILENT = new EventLog(null);
  private final MemoryBuckets buckets = new MemoryBuckets();
  private final List<String> requestIds = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<String, Integer> types = new ConcurrentHashMap<>();
  private final AtomicInteger down = new AtomicInteger();
  private HttpServer server;
  private ModelClient client;
  private Scorer scorer;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/invocations",
        exchange -> {
          requestIds.add(exchange.getRequestHeaders().getFirst("x-request-id"));
          String type = exchange.getRequestHeaders().getFirst("content-type");
          types.merge(type, 1, Integer::sum);
          byte[] body = exchange.getRequestBody().readAllBytes();
          ObjectNode answer = EventJson.mapper().createObjectNode().put("version", 3);
          int status = down.get() > 0 ? down.get() : score(type, body, answer);
          byte[] bytes = EventJson.bytes(answer);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    client =
        new ModelClient(
            ClientConfig.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "m")
                .withAttempts(1));
    scorer = new Scorer(new EndpointTarget(client), buckets, new BucketPrefix("out", "answers/"));
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private static int score(String type, byte[] body, ObjectNode answer) throws IOException {
    var predictions = answer.putArray("predictions");
    List<String> values;
    if (type.equals("text/csv")) {
      values = new String(body, StandardCharsets.UTF_8).lines().skip(1).toList();
    } else {
      values =
          StreamSupport.stream(
                  EventJson.mapper().readTree(body).path("instances").spliterator(), false)
              .map(row -> row.path("x").asText())
              .toList();
    }
    for (String value : values) {
      if (!value.matches("-?\\d+(\\.\\d+)?")) {
        answer.removeAll();
        answer.put("error", "x: " + value + " (expected: a number)");
        return 400;
      }
      predictions.addObject().put("score", Double.parseDouble(value) / 10);
    }
    return 200;
  }

  private JsonNode answer(String file) throws IOException {
    return EventJson.mapper().readTree(scorer.answer(EventSamples.event(file), "req-1", SILENT));
  }

  private static JsonNode lines(String text, int line) throws IOException {
    return EventJson.mapper().readTree(text.lines().toList().get(line));
  }

  @Test
  void answer_toAQueueWithABadRow_returnsThatMessageAlone() throws IOException {
    assertThat(answer("sqs-scores.json"))
        .isEqualTo(EventJson.any("{\"batchItemFailures\":[{\"itemIdentifier\":\"m-bad\"}]}"));
    assertThat(buckets.text("out", "answers/m-good.json")).contains("\"score\":0.2");
    assertThat(buckets.text("out", "answers/m-csv.json")).contains("\"score\":0.3");
    assertThat(buckets.get("out", "answers/m-bad.json")).isEmpty();
    assertThat(requestIds).contains("message-m-good", "message-m-csv");
  }

  @Test
  void answer_toAMessageThatComesAgain_asksTheModelNothing() throws IOException {
    answer("sqs-scores.json");
    requestIds.clear();
    answer("sqs-scores.json");

    assertThat(requestIds).containsExactly("message-m-bad");
  }

  @Test
  void answer_toAFifoQueue_returnsWhatFollowsTheBadOneToo() throws IOException {
    JsonNode failures = answer("sqs-scores-fifo.json").path("batchItemFailures");

    assertThat(failures)
        .extracting(f -> f.path("itemIdentifier").asText())
        .containsExactly("m-bad", "m-csv");
    assertThat(requestIds).containsExactly("message-m-good", "message-m-bad");
  }

  @Test
  void answer_whileTheModelIsDown_returnsEveryMessage() throws IOException {
    down.set(503);

    assertThat(answer("sqs-scores.json").path("batchItemFailures")).hasSize(3);
  }

  @Test
  void answer_toAnObject_writesPredictionsBesideItOnce() throws IOException {
    buckets.put("in", "day 1/rows.csv", "x\n1\nbad\n3\n");
    JsonNode object = answer("s3-rows.json").path("objects").path(0);
    String key = object.path("predictions").asText().substring("s3://in/".length());
    String text = buckets.text("in", key);

    assertThat(object.path("scored").asBoolean()).isTrue();
    assertThat(object.path("rows").asInt()).isEqualTo(3);
    assertThat(object.path("refused").asInt()).isEqualTo(1);
    assertThat(key).matches("day 1/rows\\.csv\\.predictions-[0-9a-f]{12}\\.jsonl");
    assertThat(text.lines()).hasSize(3);
    assertThat(lines(text, 0)).isEqualTo(EventJson.any("{\"row\":1,\"score\":0.1,\"version\":3}"));
    assertThat(lines(text, 1))
        .isEqualTo(EventJson.any("{\"row\":2,\"error\":\"x: bad (expected: a number)\"}"));
    assertThat(lines(text, 2).path("score").asDouble()).isEqualTo(0.3);

    requestIds.clear();
    assertThat(answer("s3-rows.json").path("objects").path(0).path("scored").asBoolean()).isFalse();
    assertThat(requestIds).isEmpty();
  }

  @Test
  void answer_toAnObjectWithNewContent_writesAnotherFile() throws IOException {
    buckets.put("in", "day 1/rows.csv", "x\n1\n");
    answer("s3-rows.json");
    buckets.put("in", "day 1/rows.csv", "x\n2\n");
    answer("s3-rows.json");

    assertThat(buckets.list("in", "day 1/rows.csv.predictions-")).hasSize(2);
  }

  @Test
  void answer_toManyRowsWithFewBadOnes_asksInChunksAndKeepsTheOrder() throws IOException {
    StringBuilder rows = new StringBuilder("\uFEFFx\r\n");
    for (int i = 0; i < 1203; i++) {
      rows.append(i == 700 ? "bad" : Integer.toString(i)).append("\r\n");
    }
    buckets.put("in", "day 1/rows.csv", rows.toString());
    JsonNode object = answer("s3-rows.json").path("objects").path(0);
    List<String> lines =
        buckets
            .text("in", object.path("predictions").asText().substring("s3://in/".length()))
            .lines()
            .toList();

    assertThat(lines).hasSize(1203);
    assertThat(lines.get(1202)).contains("\"score\":120.2");
    assertThat(lines.get(700)).contains("\"error\"");
    assertThat(requestIds).doesNotHaveDuplicates().hasSizeLessThan(25);
    assertThat(types).containsOnlyKeys("text/csv");
  }

  @Test
  void answer_toJsonLinesGzip_sparesTheModelWhatIsNoJson() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write("{\"x\":1}\n{\"x\":2\n\n{\"x\":3}\n".getBytes(StandardCharsets.UTF_8));
    }
    buckets.put("in", "rows.jsonl.gz", bytes.toByteArray());
    JsonNode event =
        EventJson.any(
            "{\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"detail\":{\"bucket\":"
                + "{\"name\":\"in\"},\"object\":{\"key\":\"rows.jsonl.gz\",\"sequencer\":\"1\"}}}");
    JsonNode object =
        EventJson.mapper().readTree(scorer.answer(event, "r", SILENT)).path("objects").path(0);
    String text =
        buckets.text("in", object.path("predictions").asText().substring("s3://in/".length()));

    assertThat(text.lines()).hasSize(3);
    assertThat(lines(text, 1))
        .isEqualTo(
            EventJson.any(
                "{\"row\":2,\"error\":\"row: no JSON object (expected: one object a line)\"}"));
    assertThat(lines(text, 2).path("score").asDouble()).isEqualTo(0.3);
    assertThat(types).containsOnlyKeys("application/json");
  }

  @Test
  void answer_toAnObjectOfBadRows_failsAndWritesNothing() {
    buckets.put("in", "day 1/rows.csv", "x\n" + "bad\n".repeat(300));

    assertThatThrownBy(() -> answer("s3-rows.json"))
        .isInstanceOf(EventInvalid.class)
        .hasMessageContaining("rows: more than 100 refused (expected: fewer); row 101: x: bad");
    assertThat(buckets.list("in", "day 1/rows.csv.predictions-")).isEmpty();
  }

  @Test
  void answer_toItsOwnPredictions_doesNothing() throws IOException {
    JsonNode event =
        EventJson.any(
            "{\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"detail\":{\"bucket\":"
                + "{\"name\":\"in\"},\"object\":{\"key\":\"a.csv.predictions-0123456789ab.jsonl\"}}}");

    assertThat(new String(scorer.answer(event, "r", SILENT), StandardCharsets.UTF_8))
        .contains("\"scored\":false");
    assertThat(requestIds).isEmpty();
  }

  @Test
  void answer_overHttp_passesStatusAndSentenceOn() throws IOException {
    JsonNode good = answer("http-api.json");
    JsonNode csv = answer("rest-api.json");
    ObjectNode bad = (ObjectNode) EventSamples.event("http-api.json");
    bad.put("body", "{\"instances\":[{\"x\":\"bad\"}]}");
    JsonNode refused = EventJson.mapper().readTree(scorer.answer(bad, "req-1", SILENT));

    assertThat(good.path("statusCode").asInt()).isEqualTo(200);
    assertThat(EventJson.any(good.path("body").asText()).path("predictions").path(0).path("score"))
        .isEqualTo(EventJson.any("0.3"));
    assertThat(csv.path("statusCode").asInt()).isEqualTo(200);
    assertThat(requestIds).contains("api-req-1", "r-1");
    assertThat(refused.path("statusCode").asInt()).isEqualTo(400);
    assertThat(refused.path("body").asText())
        .isEqualTo("{\"error\":\"x: bad (expected: a number)\"}");
  }

  @Test
  void answer_overHttpWhileTheModelIsDown_is503() throws IOException {
    down.set(500);

    assertThat(answer("http-api.json").path("statusCode").asInt()).isEqualTo(503);
  }

  @Test
  void answer_toAPlainCall_givesThePredictions() throws IOException {
    JsonNode answer =
        EventJson.mapper()
            .readTree(scorer.answer(EventJson.any("{\"instances\":[{\"x\":5}]}"), "req-9", SILENT));

    assertThat(answer.path("predictions").path(0).path("score").asDouble()).isEqualTo(0.5);
    assertThat(requestIds).containsExactly("direct-req-9");
  }
}
