package io.millrace.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.events.event.EventJson;
import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.temporal.client.WorkflowStub;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ApproveWorkflowTest {
  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8);
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");
  private static final URI PAGE = URI.create("https://approve.example.com/");
  private final TestBed bed = new TestBed();

  @AfterEach
  void close() {
    bed.close();
  }

  private ModelPipeline waiting(int quorum) {
    bed.specs.spec(Samples.withApproval(quorum, Duration.ofDays(3)));
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "waiting-approval");
    return run;
  }

  private static String link(boolean accept, @Nullable String who) {
    return new ApprovalLink(
            "ModelPipeline:credit:1", "risk-officer", accept, NOW.plusSeconds(60), who)
        .on(PAGE, KEY)
        .getRawQuery();
  }

  private static ObjectNode call(String method, String query, String body) {
    ObjectNode event = EventJson.mapper().createObjectNode().put("version", "2.0");
    event.put("rawPath", "/").put("rawQueryString", query);
    event
        .putObject("headers")
        .put("content-type", "application/x-www-form-urlencoded")
        .put("accept", "text/html,application/xhtml+xml");
    event.putObject("requestContext").putObject("http").put("method", method);
    return event.put("body", body).put("isBase64Encoded", false);
  }

  private JsonNode answer(ObjectNode event, Instant now) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Approve(bed.client(), KEY, InstantSource.fixed(now))
        .handleRequest(new ByteArrayInputStream(EventJson.bytes(event)), out, null);
    return EventJson.mapper().readTree(out.toByteArray());
  }

  private JsonNode post(String query, String who, String reason) throws IOException {
    String body =
        "who="
            + URLEncoder.encode(who, StandardCharsets.UTF_8)
            + "&reason="
            + URLEncoder.encode(reason, StandardCharsets.UTF_8);
    return answer(call("POST", query, body), NOW);
  }

  private static int status(JsonNode reply) {
    return reply.path("statusCode").asInt();
  }

  private static String page(JsonNode reply) {
    return reply.path("body").asText();
  }

  private static PipelineOutcome.Result result(ModelPipeline run) {
    return WorkflowStub.fromTyped(run).getResult(PipelineOutcome.class).result();
  }

  @Test
  void get_showsAFormAndDecidesNothing() throws IOException {
    ModelPipeline run = waiting(1);

    JsonNode reply = answer(call("GET", link(true, null), ""), NOW);

    assertThat(status(reply)).isEqualTo(200);
    assertThat(page(reply))
        .contains("Approve credit-1", "1 × risk-officer", "<form method=\"post\">", "name=\"who\"");
    assertThat(reply.path("headers").path("content-security-policy").asText())
        .contains("default-src 'none'");
    assertThat(reply.path("headers").path("referrer-policy").asText()).isEqualTo("no-referrer");
    assertThat(run.status().stage()).isEqualTo("waiting-approval");
    assertThat(run.status().approval().decisions()).isEmpty();
  }

  @Test
  void post_ofAYes_deploysTheRun() throws IOException {
    ModelPipeline run = waiting(1);

    JsonNode reply = post(link(true, null), "ann", "looked at it");

    assertThat(status(reply)).isEqualTo(200);
    assertThat(page(reply)).contains("credit-1 was approved by ann.");
    assertThat(result(run)).isEqualTo(PipelineOutcome.Result.DEPLOYED);
    assertThat(bed.audit.entries())
        .anySatisfy(
            entry -> {
              assertThat(entry.who()).isEqualTo("ann");
              assertThat(entry.reason()).isEqualTo("looked at it");
            });
  }

  @Test
  void post_ofANo_declinesTheRun() throws IOException {
    ModelPipeline run = waiting(2);

    assertThat(status(post(link(false, null), "ann", "too early"))).isEqualTo(200);
    assertThat(result(run)).isEqualTo(PipelineOutcome.Result.DECLINED);
  }

  @Test
  void post_twiceByOnePerson_countsOnceHoweverTheNameIsWritten() throws IOException {
    ModelPipeline run = waiting(2);

    assertThat(status(post(link(true, null), "Ann", "ok"))).isEqualTo(200);
    assertThat(status(post(link(true, null), " ann ", "again"))).isEqualTo(200);
    assertThat(run.status().approval().decisions())
        .singleElement()
        .satisfies(decision -> assertThat(decision.reason()).isEqualTo("ok"));

    JsonNode other = post(link(false, null), "ann", "changed my mind");
    assertThat(status(other)).isEqualTo(409);
    assertThat(page(other)).contains("somebody who has not answered yet");

    assertThat(status(post(link(true, null), "bob", "ok"))).isEqualTo(200);
    assertThat(result(run)).isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }

  @Test
  void post_ofAPersonalLink_answersAsThatPersonOnly() throws IOException {
    ModelPipeline run = waiting(2);

    post(link(true, "ann"), "mallory", "ok");
    assertThat(run.status().approval().decisions())
        .extracting(PipelineStatus.Decision::who)
        .containsExactly("ann");

    ObjectNode event = call("POST", link(true, "ann"), "reason=ok");
    ((ObjectNode) event.path("requestContext"))
        .putObject("authorizer")
        .putObject("jwt")
        .putObject("claims")
        .put("email", "mallory@example.com");
    assertThat(status(answer(event, NOW))).isEqualTo(403);
  }

  @Test
  void post_behindASignIn_answersAsWhoSignedIn() throws IOException {
    ModelPipeline run = waiting(2);
    ObjectNode event = call("POST", link(true, null), "who=somebody+else&reason=ok");
    ((ObjectNode) event.path("requestContext"))
        .putObject("authorizer")
        .putObject("jwt")
        .putObject("claims")
        .put("email", "ann@example.com");

    assertThat(status(answer(event, NOW))).isEqualTo(200);
    assertThat(run.status().approval().decisions())
        .extracting(PipelineStatus.Decision::who)
        .containsExactly("ann@example.com");
  }

  @Test
  void link_thatWasChangedOrExpired_isRefusedAndDecidesNothing() throws IOException {
    ModelPipeline run = waiting(1);
    String query = link(true, null);

    assertThat(status(post(query.replace("credit%3A1", "credit%3A2"), "ann", "ok"))).isEqualTo(403);
    assertThat(status(post(query.replace("risk-officer", "owner"), "ann", "ok"))).isEqualTo(403);
    assertThat(status(post(query.substring(0, query.length() - 1), "ann", "ok"))).isEqualTo(403);
    assertThat(status(post("", "ann", "ok"))).isEqualTo(403);
    JsonNode late = answer(call("POST", query, "who=ann&reason=ok"), NOW.plusSeconds(60));
    assertThat(status(late)).isEqualTo(410);
    assertThat(page(late)).contains("expires: 2026-03-02T10:01:00Z");
    assertThat(run.status().approval().decisions()).isEmpty();
  }

  @Test
  void post_withoutNameOrReason_saysWhatIsMissing() throws IOException {
    waiting(1);

    JsonNode noReason = post(link(true, null), "ann", " ");
    assertThat(status(noReason)).isEqualTo(400);
    assertThat(page(noReason)).contains("reason: 0 characters (expected: 1 to 1000)");
    assertThat(page(post(link(true, null), "x".repeat(201), "ok")))
        .contains("who: 201 characters (expected: 1 to 200)");
  }

  @Test
  void page_escapesWhatOthersWrote() throws IOException {
    waiting(2);
    JsonNode posted =
        post(link(true, null), "a<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>");
    assertThat(status(posted)).as(page(posted)).isEqualTo(200);

    String page = page(answer(call("GET", link(true, null), ""), NOW));

    assertThat(page)
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "&quot;&gt;&lt;img src=x")
        .doesNotContain("<script", "<img");
  }

  @Test
  void link_ofARunThatIsOver_saysSo() throws IOException {
    ModelPipeline run = waiting(1);
    post(link(true, null), "ann", "ok");
    result(run);

    assertThat(status(answer(call("GET", link(true, null), ""), NOW))).isEqualTo(409);
    assertThat(status(post(link(true, null), "bob", "late"))).isIn(404, 409);
    assertThat(status(answer(call("DELETE", link(true, null), ""), NOW))).isEqualTo(405);
  }

  @Test
  void answer_asJson_forPrograms() throws IOException {
    waiting(1);
    ObjectNode event = call("POST", link(true, null), "{\"who\":\"ann\",\"reason\":\"ok\"}");
    event
        .putObject("headers")
        .put("content-type", "application/json")
        .put("accept", "application/json");

    assertThat(EventJson.any(page(answer(event, NOW))))
        .isEqualTo(EventJson.any("{\"run\":\"credit-1\",\"answer\":\"approved\",\"who\":\"ann\"}"));
  }

  @Test
  void approve_calledDirectly_answersForAPerson() throws IOException {
    ModelPipeline run = waiting(1);
    ObjectNode event = EventJson.mapper().createObjectNode().put("run", "credit-1");
    event.put("who", "ann").put("role", "risk-officer").put("accept", true).put("reason", "ok");
    answer(event, NOW);

    assertThat(result(run)).isEqualTo(PipelineOutcome.Result.DEPLOYED);
  }
}
