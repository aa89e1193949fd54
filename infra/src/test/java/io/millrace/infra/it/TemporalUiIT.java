package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run as somebody without our command line has it: started by the Temporal UI's form, resumed and
 * approved by its Updates, followed in the workflow's current details. Pictures of each step are in
 * {@code infra/target/screenshots}.
 */
class TemporalUiIT {
  private static final Path DATA =
      LocalMachine.root().resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz");

  @TempDir static Path temporary;
  private static LocalMachine machine;
  private static Browser browser;
  private static TemporalUi ui;
  private static HttpServer host;

  /** While false, the host of the data answers that it is out of order. */
  private static volatile boolean inOrder;

  @BeforeAll
  static void up() throws IOException {
    browser = new Browser(LocalMachine.root().resolve("infra/target/screenshots"));
    host = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    host.createContext("/", TemporalUiIT::answer);
    host.start();
    machine = new LocalMachine(temporary.resolve("home"));
    machine.up();
    ui = new TemporalUi(browser, machine.config().temporal().uiPort());
  }

  @AfterAll
  static void down() {
    if (browser != null) {
      browser.close();
    }
    if (machine != null) {
      machine.close();
    }
    if (host != null) {
      host.stop(0);
    }
  }

  @Test
  void run_startedResumedAndApprovedInTheUi_deploys() throws IOException {
    Map<String, String> input =
        Map.of(
            "location", Files.writeString(temporary.resolve("pipeline.yaml"), spec()).toString());

    ui.start("by-hand", "ModelPipeline", input);
    ui.openMetadata("by-hand");
    ui.awaitDetails("ui-credit-1 · ingest", "admission");
    browser.screenshot("1-under-way");

    // a second one of the same model, while the first still tries to reach its data
    ui.start("second", "ModelPipeline", input);
    ui.openMetadata("second");
    ui.awaitDetails("FAILED", "RUN_IN_PROGRESS: admission: by-hand is under way", "wait for it");
    browser.screenshot("2-refused");

    ui.openMetadata("by-hand");
    ui.awaitDetails("Suspended in ingest", "SOURCE_UNAVAILABLE", "\"action\": \"RETRY\"");
    browser.screenshot("3-suspended");
    inOrder = true;
    ui.update("resume", Map.of("action", "RETRY", "who", "ada", "reason", "the host is back"));

    String waiting =
        ui.awaitDetails("Waits for approval", "\"role\": \"risk-officer\"", "accepted");
    assertThat(waiting).contains("roc-auc").contains("infra/millrace approve ui-credit-1");
    browser.screenshot("4-waits-for-approval");
    ui.update("approve", approval("auditor"));
    ui.awaitRefusal("role: auditor (expected: risk-officer)");
    browser.screenshot("5-wrong-role");
    browser.click(
        "[data-testid=update-modal] button, [role=dialog] button, dialog button", "Cancel");
    ui.update("approve", approval("risk-officer"));

    String done = ui.awaitDetails("ui-credit-1 · done", "DEPLOYED", "approved by ada");
    assertThat(done).contains("endpoint: http://").contains("ui-credit@1 serves");
    browser.screenshot("6-done");
  }

  private static Map<String, Object> approval(String role) {
    Map<String, Object> approval = new LinkedHashMap<>();
    approval.put("who", "ada");
    approval.put("role", role);
    approval.put("accept", true);
    approval.put("reason", "looks right");
    return approval;
  }

  private static void answer(HttpExchange exchange) {
    try (exchange) {
      if (!inOrder) {
        exchange.sendResponseHeaders(503, -1);
        return;
      }
      byte[] data = Files.readAllBytes(DATA);
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(200, head ? -1 : data.length);
      if (!head) {
        exchange.getResponseBody().write(data);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String spec() {
    return """
    model: ui-credit
    task: binary
    data:
      source: {csv: "http://127.0.0.1:%d/credit.csv.gz"}
      target: default.payment.next.month
      positive: "1"
      id: ID
      split: {kind: stratified, test: 0.2, validation: 0.1, seed: 7}
    training:
      seed: 7
      max-epochs: 3
      candidates: [{family: linear}]
    gates:
      - {metric: roc-auc, floor: 0.6}
      - {approval: {role: risk-officer, quorum: 1, expires: 3d}, severity: block}
    deployment:
      target: {local: {port: 0}}
    """
        .formatted(host.getAddress().getPort());
  }
}
