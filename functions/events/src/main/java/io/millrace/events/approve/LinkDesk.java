package io.millrace.events.approve;

import io.millrace.events.event.EventInvalid;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.event.HttpCall;
import io.millrace.events.event.HttpReply;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.pipeline.ModelPipeline.ApprovalRequest;
import io.millrace.workflows.pipeline.PipelineStatus;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers a signed link. {@code GET} shows what the link would do and asks for a reason; only
 * {@code POST} decides, because programs that show previews follow links. A link is used once by a
 * person: the same answer again changes nothing, another answer of the same person is refused by
 * the run.
 */
public final class LinkDesk {
  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_REASON = 1000;

  private static final Map<String, String> HEADERS =
      Map.of(
          "cache-control", "no-store",
          // the address is a secret
          "referrer-policy", "no-referrer",
          "x-content-type-options", "nosniff",
          "content-security-policy",
              "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
                  + " frame-ancestors 'none'; base-uri 'none'");

  private final Runs runs;
  private final byte[] key;
  private final InstantSource clock;

  /**
   * @param key that signed the links
   */
  public LinkDesk(Runs runs, byte[] key, InstantSource clock) {
    this.runs = runs;
    this.key = key.clone();
    this.clock = clock;
  }

  /** What is known of who calls, and where. */
  private record Visit(HttpCall call, ApprovalLink link, EventLog log) {
    /** Who it is, without asking; null when that is not known. */
    @Nullable String person() {
      return link.who() != null ? link.who() : call.person();
    }
  }

  public HttpReply answer(HttpCall call, EventLog log) {
    try {
      if (!call.method().matches("GET|HEAD|POST")) {
        return refused(call, 405, "method: " + call.method() + " (expected: GET or POST)");
      }
      ApprovalLink link = ApprovalLink.verified(call.query(), key, clock.instant());
      if (link.who() != null && call.person() != null && !link.who().equals(call.person())) {
        return refused(call, 403, "who: " + call.person() + " (expected: " + link.who() + ")");
      }
      Visit visit = new Visit(call, link, log);
      return call.method().equals("POST") ? decide(visit) : ask(visit);
    } catch (ApprovalLink.Refused e) {
      return refused(call, e.expired() ? 410 : 403, String.valueOf(e.getMessage()));
    } catch (EventInvalid e) {
      return refused(call, 400, String.valueOf(e.getMessage()));
    } catch (Runs.Refused e) {
      return refused(call, 409, String.valueOf(e.getMessage()));
    } catch (Runs.Unknown e) {
      return refused(call, 404, String.valueOf(e.getMessage()));
    } catch (Runs.Unreachable e) {
      log.failed("approval", e);
      return refused(
          call, 503, "The run cannot be asked now. The link stays good: try again in a minute.");
    }
  }

  private HttpReply ask(Visit visit) {
    PipelineStatus status = runs.status(visit.link().workflowId());
    PipelineStatus.ApprovalState waiting = status.approval();
    if (waiting == null || !waiting.role().equals(visit.link().role())) {
      return refused(
          visit.call(),
          409,
          status.runId() + " waits for no answer of this link; it is in stage " + status.stage());
    }
    if (json(visit.call())) {
      return HttpReply.json(
          200,
          Map.of(
              "run", status.runId(),
              "role", waiting.role(),
              "answer", visit.link().accept() ? "approve" : "decline",
              "expires", visit.link().expires().toString()));
    }
    return page(200, AnswerPage.question(visit.link(), status.runId(), waiting, visit.person()));
  }

  private HttpReply decide(Visit visit) {
    Map<String, String> form = form(visit.call());
    String person = visit.person();
    String who = person == null ? text(form, "who", LONGEST_NAME) : person;
    String reason = text(form, "reason", LONGEST_REASON);
    ApprovalLink link = visit.link();
    String runId =
        runs.approve(
            link.workflowId(),
            "approval-" + link.use(who),
            new ApprovalRequest(who, link.role(), link.accept(), reason));
    visit
        .log()
        .said(
            "approval",
            Map.of("workflowId", link.workflowId(), "role", link.role(), "accept", link.accept()));
    String answer = link.accept() ? "approved" : "declined";
    if (json(visit.call())) {
      return HttpReply.json(200, Map.of("run", runId, "answer", answer, "who", who));
    }
    return page(200, AnswerPage.said("Thank you", runId + " was " + answer + " by " + who + "."));
  }

  private static Map<String, String> form(HttpCall call) {
    return switch (call.contentType()) {
      case "application/x-www-form-urlencoded" -> call.form();
      case "application/json" -> {
        Map<String, String> fields = new java.util.HashMap<>();
        EventJson.object("body", call.text())
            .properties()
            .forEach(field -> fields.put(field.getKey(), field.getValue().asText()));
        yield fields;
      }
      default ->
          throw new EventInvalid(
              "content-type: "
                  + call.contentType()
                  + " (expected: application/x-www-form-urlencoded or application/json)");
    };
  }

  private static String text(Map<String, String> form, String field, int longest) {
    String text = form.getOrDefault(field, "").strip();
    if (text.isEmpty() || text.length() > longest) {
      throw new EventInvalid(
          field + ": " + text.length() + " characters (expected: 1 to " + longest + ")");
    }
    return text;
  }

  private static boolean json(HttpCall call) {
    return call.headers().getOrDefault("accept", "").startsWith("application/json");
  }

  private static HttpReply refused(HttpCall call, int status, String sentence) {
    if (json(call)) {
      return HttpReply.error(status, sentence);
    }
    return page(status, AnswerPage.said("This link cannot be used", sentence));
  }

  private static HttpReply page(int status, String html) {
    return new HttpReply(status, "text/html; charset=utf-8", html, HEADERS);
  }
}
