package io.millrace.inference.server;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;

/** {@code /metrics}: what every endpoint, the server and the process did. */
final class MetricsText {
  private static final String ENDPOINT = "endpoint";
  private static final String VERSION = "version";
  private final ServedEndpoints endpoints;
  private final Places places;
  private final Answers answers;
  private final Access access;
  private final String server;

  /**
   * @param server endpoint that the server's own figures are told under
   */
  MetricsText(
      String server, ServedEndpoints endpoints, Places places, Answers answers, Access access) {
    this.server = server;
    this.endpoints = endpoints;
    this.places = places;
    this.answers = answers;
    this.access = access;
  }

  String write() {
    PrometheusText out = new PrometheusText();
    versions(out);
    backends(out);
    shadows(out);
    log(out);
    server(out);
    process(out);
    return out.toString();
  }

  private void each(BiConsumer<Served, Map.Entry<Integer, VersionStats>> each) {
    for (Served served : endpoints.all()) {
      served.fleet().stats().entrySet().forEach(entry -> each.accept(served, entry));
    }
  }

  private void versions(PrometheusText out) {
    out.family("millrace_requests_total", "counter", "Scored requests by outcome.");
    each((served, entry) -> outcomes(out, served, entry.getKey(), entry.getValue()));
    out.family("millrace_request_seconds", "histogram", "From the body read to the answer made.");
    each((served, entry) -> latencies(out, served, entry.getKey(), entry.getValue()));
    out.family("millrace_rows_total", "counter", "Scored rows.");
    each(
        (served, entry) ->
            out.whole(
                entry.getValue().totals().rows(),
                ENDPOINT,
                served.name(),
                VERSION,
                "" + entry.getKey()));
    out.family(
        "millrace_unexpected_missing_total",
        "counter",
        "Nulls in features that had none in training.");
    each(
        (served, entry) ->
            out.whole(
                entry.getValue().totals().unexpectedMissing(),
                ENDPOINT,
                served.name(),
                VERSION,
                "" + entry.getKey()));
  }

  private static void outcomes(PrometheusText out, Served served, int version, VersionStats of) {
    long[] outcomes = of.totals().outcomes();
    for (VersionStats.Outcome outcome : VersionStats.Outcome.values()) {
      String name = outcome.name().toLowerCase(Locale.ROOT);
      out.whole(
          outcomes[outcome.ordinal()],
          ENDPOINT,
          served.name(),
          VERSION,
          "" + version,
          "outcome",
          name);
    }
  }

  private static void latencies(PrometheusText out, Served served, int version, VersionStats of) {
    VersionStats.Totals totals = of.totals();
    out.histogram(
        VersionStats.BOUNDS,
        totals.buckets(),
        totals.latencySum(),
        ENDPOINT,
        served.name(),
        VERSION,
        "" + version);
  }

  private void backends(PrometheusText out) {
    out.family("millrace_version_weight", "gauge", "Share of the requests of a loaded version.");
    for (Served served : endpoints.all()) {
      Fleet.Snapshot snapshot = served.fleet().snapshot();
      for (int version : snapshot.backends().keySet()) {
        double weight = snapshot.weights().getOrDefault(version, 0.0);
        out.number(weight, ENDPOINT, served.name(), VERSION, "" + version);
      }
    }
    out.family("millrace_runtime_info", "gauge", "What runs the graph of a loaded version.");
    backends(
        (served, backend) ->
            out.whole(
                1,
                ENDPOINT,
                served.name(),
                VERSION,
                "" + backend.version(),
                "runtime",
                backend.runtime().kind().word()));
    out.family("millrace_batching", "gauge", "1 when requests of a version are joined.");
    backends(
        (served, backend) ->
            out.whole(
                backend.batcher().on() ? 1 : 0,
                ENDPOINT,
                served.name(),
                VERSION,
                "" + backend.version()));
    out.family("millrace_batch_rows", "histogram", "Rows of a run of the graph.");
    backends(
        (served, backend) ->
            out.histogram(
                backend.batcher().runRows(),
                ENDPOINT,
                served.name(),
                VERSION,
                "" + backend.version()));
    out.family("millrace_batch_wait_seconds", "histogram", "That requests waited to be joined.");
    backends(
        (served, backend) ->
            out.histogram(
                backend.batcher().waited(),
                ENDPOINT,
                served.name(),
                VERSION,
                "" + backend.version()));
  }

  private void backends(BiConsumer<Served, Backend> each) {
    for (Served served : endpoints.all()) {
      served.fleet().snapshot().backends().values().forEach(b -> each.accept(served, b));
    }
  }

  private void shadows(PrometheusText out) {
    out.family("millrace_shadow_requests_total", "counter", "Mirrored requests by outcome.");
    for (Served served : endpoints.all()) {
      served
          .fleet()
          .shadowStats()
          .forEach((version, shadow) -> outcomes(out, served, version, shadow.stats()));
    }
    out.family("millrace_shadow_seconds", "histogram", "That mirrored requests took.");
    for (Served served : endpoints.all()) {
      served
          .fleet()
          .shadowStats()
          .forEach((version, shadow) -> latencies(out, served, version, shadow.stats()));
    }
    out.family("millrace_shadow_dropped_total", "counter", "Not mirrored: no place.");
    for (Served served : endpoints.all()) {
      served
          .fleet()
          .shadowStats()
          .forEach(
              (version, shadow) ->
                  out.whole(
                      shadow.comparison().dropped(),
                      ENDPOINT,
                      served.name(),
                      VERSION,
                      "" + version));
    }
  }

  private void log(PrometheusText out) {
    one(
        out,
        "millrace_state_seq",
        "gauge",
        "State that is served whole.",
        served -> served.fleet().snapshot().seq());
    one(
        out,
        "millrace_log_rows_total",
        "counter",
        "Rows in the log.",
        served -> served.log().loggedRows());
    one(
        out,
        "millrace_log_dropped_rows_total",
        "counter",
        "Rows lost: queue full.",
        served -> served.log().droppedRows());
    one(
        out,
        "millrace_log_queued_rows",
        "gauge",
        "Rows not yet written.",
        served -> served.log().queuedRows());
    one(
        out,
        "millrace_log_parts_total",
        "counter",
        "Parts in the log.",
        served -> served.log().parts());
    one(
        out,
        "millrace_log_failures_total",
        "counter",
        "Failed writes, tried again.",
        served -> served.log().failures());
  }

  private void one(
      PrometheusText out, String name, String type, String help, ToLongFunction<Served> value) {
    out.family(name, type, help);
    for (Served served : endpoints.all()) {
      out.whole(value.applyAsLong(served), ENDPOINT, served.name());
    }
  }

  private void server(PrometheusText out) {
    out.family("millrace_refused_total", "counter", "Answers that were not 2xx, by status.");
    answers
        .refused()
        .forEach((status, count) -> out.whole(count, ENDPOINT, server, "status", "" + status));
    out.family("millrace_active_requests", "gauge", "Requests being scored.");
    out.whole(places.taken(), ENDPOINT, server);
    out.family("millrace_waiting_requests", "gauge", "Requests that wait for a place.");
    out.whole(places.waiting(), ENDPOINT, server);
    out.family("millrace_queue_seconds", "histogram", "That requests waited for a place.");
    out.histogram(places.waited(), ENDPOINT, server);
    out.family("millrace_key_requests_total", "counter", "Requests by the name of their key.");
    access.asked().forEach((key, count) -> out.whole(count, "key", key));
    out.family("millrace_key_limited_total", "counter", "Those over the key's rate.");
    access.limited().forEach((key, count) -> out.whole(count, "key", key));
  }

  private void process(PrometheusText out) {
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    out.family("jvm_memory_used_bytes", "gauge", "Heap in use.");
    out.whole(heap, ENDPOINT, server);
    long resident = residentBytes();
    if (resident >= 0) {
      out.family("process_resident_memory_bytes", "gauge", "Resident memory.");
      out.whole(resident, ENDPOINT, server);
    }
    out.family("process_start_time_seconds", "gauge", "Start, Unix time.");
    out.whole(ManagementFactory.getRuntimeMXBean().getStartTime() / 1_000, ENDPOINT, server);
  }

  /** From /proc; -1 where there is none. */
  private static long residentBytes() {
    Path status = Path.of("/proc/self/status");
    try {
      for (String line : Files.exists(status) ? Files.readAllLines(status) : List.<String>of()) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1_024;
        }
      }
      return -1;
    } catch (IOException e) {
      return -1; // a metric less
    }
  }
}
