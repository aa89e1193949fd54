package io.millrace.inference.server;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Health, metrics and what a rollout looks at. Health is anybody's, the rest needs a key. */
final class AdminRoutes implements HttpService {
  private static final Duration FLUSH = Duration.ofSeconds(30);

  private final ServedEndpoints endpoints;
  private final Answers answers;
  private final Access access;
  private final MetricsText metrics;

  AdminRoutes(ServedEndpoints endpoints, Answers answers, Access access, MetricsText metrics) {
    this.endpoints = endpoints;
    this.answers = answers;
    this.access = access;
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
        .get("/metrics", answers.guard(access.any(this::metrics)))
        .post("/v2/repository/index", answers.guard(access.any(this::index)))
        .get("/admin/state", admin(this::state))
        .get("/admin/stats", admin(this::stats))
        .post("/admin/flush", admin(this::flush))
        .post("/admin/reload", admin(this::reload));
  }

  private Handler admin(Handler handler) {
    return answers.guard(access.admin(handler));
  }

  private void ready(ServerRequest request, ServerResponse response) {
    boolean ready = endpoints.serve() && !answers.draining();
    answers.json(response, ready ? 200 : 503, AdminJson.flag("ready", ready));
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    byte[] text = metrics.write().getBytes(StandardCharsets.UTF_8);
    answers.text(response, 200, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  private void index(ServerRequest request, ServerResponse response) {
    answers.json(response, 200, AdminJson.index(endpoints.all()));
  }

  private void state(ServerRequest request, ServerResponse response) {
    answers.json(response, 200, AdminJson.state(endpoints.ofQuery(request).fleet().snapshot()));
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
    answers.json(response, 200, AdminJson.stats(endpoints.ofQuery(request).fleet(), since));
  }

  private void flush(ServerRequest request, ServerResponse response) {
    boolean flushed = true;
    for (Served served : endpoints.all()) {
      flushed &= served.log().flush(FLUSH);
    }
    answers.json(response, flushed ? 200 : 503, AdminJson.flag("flushed", flushed));
  }

  private void reload(ServerRequest request, ServerResponse response) {
    endpoints.all().forEach(served -> served.fleet().refresh(true));
    answers.json(response, 200, AdminJson.state(endpoints.ofQuery(request).fleet().snapshot()));
  }
}
