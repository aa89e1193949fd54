package io.millrace.inference.server;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.millrace.inference.log.PredictionLog;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Health, metrics and what a rollout looks at. */
final class AdminRoutes implements HttpService {
  private static final Duration FLUSH = Duration.ofSeconds(30);

  private final Fleet fleet;
  private final PredictionLog log;
  private final Answers answers;
  private final MetricsText metrics;

  AdminRoutes(Fleet fleet, PredictionLog log, Answers answers, MetricsText metrics) {
    this.fleet = fleet;
    this.log = log;
    this.answers = answers;
    this.metrics = metrics;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/v2", answers.guard((in, out) -> answers.json(out, 200, AdminJson.server())))
        .get(
            "/v2/health/live",
            answers.guard((in, out) -> answers.json(out, 200, AdminJson.flag("live", true))))
        .get("/v2/health/ready", answers.guard(this::ready))
        .get("/ping", answers.guard(this::ready))
        .get("/metrics", answers.guard(this::metrics))
        .get(
            "/admin/state",
            answers.guard((in, out) -> answers.json(out, 200, AdminJson.state(fleet.snapshot()))))
        .get("/admin/stats", answers.guard(this::stats))
        .post("/admin/flush", answers.guard(this::flush))
        .post("/admin/reload", answers.guard(this::reload));
  }

  private void ready(ServerRequest request, ServerResponse response) {
    boolean ready = fleet.snapshot().serves() && !answers.draining();
    answers.json(response, ready ? 200 : 503, AdminJson.flag("ready", ready));
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    byte[] text = metrics.write().getBytes(StandardCharsets.UTF_8);
    answers.text(response, 200, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  private void stats(ServerRequest request, ServerResponse response) {
    String text = request.query().first("since").orElse("1970-01-01T00:00:00Z");
    Instant since;
    try {
      since = Instant.parse(text);
    } catch (DateTimeException e) {
      throw new HttpProblem(
          400, "since: " + text + " (expected: an instant such as 2026-01-31T12:00:00Z)");
    }
    answers.json(response, 200, AdminJson.stats(fleet.stats(), since));
  }

  private void flush(ServerRequest request, ServerResponse response) {
    boolean flushed = log.flush(FLUSH);
    answers.json(response, flushed ? 200 : 503, AdminJson.flag("flushed", flushed));
  }

  private void reload(ServerRequest request, ServerResponse response) {
    fleet.refresh(true);
    answers.json(response, 200, AdminJson.state(fleet.snapshot()));
  }
}
