package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.dataset.Datasets;
import io.millrace.infra.it.BadInputs.Bad;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad input through the real command line, server and worker: exit code 2, a message that names
 * field, value and expectation, nothing half-written, and everything alive afterwards.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadInputIT {
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir static Path folder;
  private LocalMachine machine;
  private HttpServer http;
  private BadInputs inputs;
  private final CountDownLatch stalled = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private JsonNode first;

  @BeforeAll
  void aGoodRun_countsNanAndInfinitiesAsMissing() throws Exception {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4);
    for (int status : List.of(403, 404)) {
      http.createContext(
          "/" + status,
          exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
          });
    }
    http.start();
    inputs = new BadInputs(folder, "http://127.0.0.1:" + http.getAddress().getPort());
    machine = new LocalMachine(folder.resolve("home"));
    machine.up();
    TinyTable odd =
        BadInputs.GOOD
            .with(3, "amount", "NaN")
            .with(5, "amount", "inf")
            .with(8, "amount", "-Infinity");
    Answer answer = run(BadInputs.spec("", inputs.source("first", odd)));
    assertThat(answer.exit()).as(answer.err() + answer.out()).isZero();
    first = answer.json();
    assertThat(first.path("version").asText()).isEqualTo("loan@1");
    JsonNode report = report("loan-1");
    assertThat(report.at("/ingest/expectations").findValuesAsText("sentence"))
        .contains("amount: 3 values are NaN or infinite; read as missing");
  }

  @AfterAll
  void close() {
    release.countDown();
    if (machine != null) {
      machine.close();
    }
    http.stop(0);
  }

  List<Bad> data() throws IOException {
    return inputs.data();
  }

  @ParameterizedTest
  @MethodSource("data")
  @Order(1)
  void badData_endsTheRunWithCodeTwoAndLeavesNothing(Bad bad) throws Exception {
    List<String> before = machine.store().list("");
    long worker = workerPid();
    Answer answer = run(bad.spec());
    assertThat(answer.exit()).as(answer.err() + answer.out()).isEqualTo(2);
    assertThat(answer.json().path("sentence").asText())
        .contains(bad.words())
        .contains("(expected: ");
    assertThat(answer.json().has("version")).isFalse();
    String own = "runs/" + answer.json().path("run").asText() + "/";
    List<String> after = new ArrayList<>(machine.store().list(""));
    after.removeAll(before);
    assertThat(after).isNotEmpty().allMatch(key -> key.startsWith(own));
    assertThat(machine.store().list("")).containsAll(before);
    assertNoRawRows();
    assertThat(workerPid()).isEqualTo(worker);
  }

  List<Bad> specs() throws IOException {
    return inputs.specs();
  }

  @ParameterizedTest
  @MethodSource("specs")
  @Order(2)
  void aBadSpec_startsNothing(Bad bad) throws Exception {
    List<String> before = machine.store().list("");
    Answer answer = run(bad.spec());
    refused(answer, bad.words());
    Answer check = machine.cli(SOON, "check", write(bad.spec()).toString());
    assertThat(check.exit()).isEqualTo(2);
    assertThat(check.out()).contains(bad.words());
    assertThat(machine.store().list("")).isEqualTo(before);
  }

  @Test
  @Order(3)
  void aStoreThatCannotBeWritten_isSaidBeforeAnythingStarts() throws Exception {
    Path file = Files.writeString(folder.resolve("a-file"), "x");
    Path spec = write(BadInputs.spec("", inputs.source("good", BadInputs.GOOD)));
    List<String> before = machine.store().list("");
    for (String store : List.of("file:" + file.resolve("store"), "file:/proc/millrace")) {
      Map<String, String> settings = new HashMap<>();
      settings.put("MILLRACE_STORE_URI", store);
      refused(
          machine.cli(settings, SOON, "run", spec.toString(), "--json"),
          List.of("store.uri: " + store, "expected: a folder that can be written"));
      settings.put("MILLRACE_HOME", folder.resolve("other-home").toString());
      settings.put("MILLRACE_TEMPORAL_PORT", "1");
      refused(
          machine.cli(settings, SOON, "up", "--json"),
          List.of("store.uri: " + store, "expected: a folder that can be written"));
    }
    assertThat(folder.resolve("other-home")).doesNotExist();
    assertThat(machine.store().list("")).isEqualTo(before);
  }

  @Test
  @Order(3)
  void namesThatLeaveTheirFolder_areRefused() throws Exception {
    Path rows = Files.writeString(folder.resolve("row.json"), "{}");
    List<String> before = machine.store().list("");
    for (List<String> command :
        List.of(
            List.of("predict", "../loan", "--input", rows.toString()),
            List.of("models", "../loan"),
            List.of("at", "../loan", "--time", "2026-01-01T00:00:00Z"),
            List.of("drift", "../loan"),
            List.of("watch", "../loan-1"),
            List.of("report", "../loan-1"),
            List.of("resume", "../loan-1", "--retry"),
            List.of("lineage", "../loan"),
            List.of("rollback", "../loan"),
            List.of("labels", "add", "../loan", rows.toString()))) {
      List<String> arguments = new ArrayList<>(command);
      arguments.add("--json");
      refused(machine.cli(SOON, arguments.toArray(String[]::new)), List.of("../loan"));
    }
    refused(
        machine.cli(SOON, "run", "../nowhere/pipeline.yaml", "--json"),
        List.of("nowhere/pipeline.yaml", "expected: a file"));
    assertThat(machine.store().list("")).isEqualTo(before);
  }

  @Test
  @Order(4)
  void requestsThatDoNotFit_areRefusedByField() throws Exception {
    refused(
        predict("{\"plan\": \"a\", \"member\": true}"),
        List.of("amount: missing (expected: a finite number"));
    refused(
        predict("{\"amount\": 1, \"plan\": \"a\", \"member\": true, \"mood\": \"bad\"}"),
        List.of("mood: \"bad\" (expected: no such field; the model takes amount, plan, member"));
    refused(
        predict("{\"amount\": \"much\", \"plan\": \"a\", \"member\": true}"),
        List.of("amount: \"much\" (expected: a finite number"));
    Answer bool = predict("{\"amount\": 1, \"plan\": \"a\", \"member\": true}");
    Answer text = predict("{\"amount\": 1, \"plan\": \"a\", \"member\": \"True\"}");
    Answer other = predict("{\"amount\": 1, \"plan\": \"a\", \"member\": \"true or false\"}");
    assertThat(bool.exit()).as(bool.err()).isZero();
    assertThat(bool.json().path("predictions")).isEqualTo(text.json().path("predictions"));
    assertThat(bool.json().path("predictions")).isNotEqualTo(other.json().path("predictions"));
  }

  @Test
  @Order(5)
  void aHugeRequest_isRefusedAndTheServerDoesNotGrow() throws Exception {
    String padded = "{\"amount\": 1, \"plan\": \"" + "x".repeat(20_000_000) + "\"}";
    refused(predict(padded), List.of("body", "expected: at most"));
    URI url = URI.create(first.path("endpoint").asText() + "/invocations");
    ProcessHandle server = machine.processes("ServerMain").getFirst();
    assertThat(HugeRequest.post(url)).isEqualTo(413);
    long before = HugeRequest.residentKb(server);
    for (int i = 0; i < 4; i++) {
      assertThat(HugeRequest.post(url)).isEqualTo(413);
    }
    assertThat(HugeRequest.residentKb(server) - before).as("growth, KiB").isLessThan(50_000);
    assertThat(server.isAlive()).isTrue();
    assertThat(predict("{\"amount\": 1, \"plan\": \"a\", \"member\": true}").exit()).isZero();
  }

  @Test
  @Order(6)
  void theNextGoodRun_works_andKeepsTwinsInOneSplit() throws Exception {
    TinyTable twins = TinyTable.good(2).twice(150);
    Answer answer = run(BadInputs.spec("", inputs.source("twins", twins)));
    assertThat(answer.exit()).as(answer.err() + answer.out()).isZero();
    assertThat(answer.json().path("version").asText()).isEqualTo("loan@2");
    JsonNode ingest = report(answer.json().path("run").asText()).path("ingest");
    assertThat(ingest.path("expectations").findValuesAsText("sentence"))
        .anyMatch(sentence -> sentence.startsWith("150 rows equal another one"));
    DatasetRef dataset = PayloadJson.mapper().treeToValue(ingest.path("dataset"), DatasetRef.class);
    Map<String, Set<String>> splits =
        StoredRows.splits(new Datasets(machine.store(), folder.resolve("read")), dataset);
    assertThat(splits).as("different rows").hasSize(TinyTable.ROWS);
    assertThat(splits.values()).as("splits of equal rows").allMatch(of -> of.size() == 1);
    assertThat(dataset.rows()).isEqualTo(TinyTable.ROWS + 150);
    assertThat(machine.store().list("models/").stream().filter(k -> k.endsWith("/version.json")))
        .hasSize(2);
  }

  @Test
  @Order(7)
  void aWorkerKilledInIngest_leavesNoRawRowsOnceItIsBack() throws Exception {
    byte[] half = BadInputs.GOOD.csv().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    http.createContext(
        "/stalled",
        exchange -> {
          exchange.sendResponseHeaders(200, half.length * 2L);
          exchange.getResponseBody().write(half);
          exchange.getResponseBody().flush();
          stalled.countDown();
          await(release);
          exchange.close();
        });
    String url = "http://127.0.0.1:" + http.getAddress().getPort() + "/stalled";
    String spec =
        BadInputs.spec("", "{csv: \"" + url + "\"}").replace("model: loan", "model: stalled");
    assertThat(machine.cli(SOON, "run", write(spec).toString(), "--detach").exit()).isZero();
    await(stalled);
    Path ingest = machine.config().scratch().resolve("ingest");
    LocalMachine.await(
        "raw rows",
        SOON,
        () -> {
          try (Stream<Path> files = Files.walk(ingest)) {
            return files.anyMatch(file -> file.endsWith("source-0") && file.toFile().length() > 0);
          } catch (IOException e) {
            return false;
          }
        });
    long worker = workerPid();
    ProcessHandle handle = ProcessHandle.of(worker).orElseThrow();
    LocalMachine.kill9(handle);
    LocalMachine.await(
        "another worker",
        SOON,
        () ->
            machine.services().worker().running().filter(p -> p.pid() != worker).isPresent()
                && Files.exists(machine.services().ready()));
    assertNoRawRows();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(2, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refused(Answer answer, List<String> words) {
    assertThat(answer.exit()).as(answer.err() + answer.out()).isEqualTo(2);
    assertThat(answer.json().path("error").asText()).contains(words).contains("(expected: ");
    assertThat(answer.err()).contains(words).doesNotContain("\tat ");
  }

  private Answer predict(String row) throws IOException {
    Path file = Files.writeString(folder.resolve("rows.json"), row);
    return machine.cli(SOON, "predict", "loan", "--input", file.toString(), "--json");
  }

  private Answer run(String spec) throws IOException {
    return machine.cli(SOON, "run", write(spec).toString(), "--json");
  }

  private Path write(String spec) throws IOException {
    return Files.writeString(folder.resolve("pipeline.yaml"), spec);
  }

  private JsonNode report(String run) throws IOException {
    return PayloadJson.mapper()
        .readTree(machine.store().get("runs/" + run + "/report.json").orElseThrow());
  }

  private void assertNoRawRows() throws IOException {
    try (Stream<Path> left = Files.list(machine.config().scratch().resolve("ingest"))) {
      assertThat(left).isEmpty();
    }
  }

  private long workerPid() {
    return machine.services().worker().running().orElseThrow().pid();
  }
}
