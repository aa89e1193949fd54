package io.millrace.inference.server;

import io.millrace.inference.log.PredictionLog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code /metrics} in Prometheus' text format. */
final class MetricsText {
  private final String endpoint;
  private final Fleet fleet;
  private final Scoring scoring;
  private final PredictionLog log;
  private final Answers answers;

  MetricsText(String endpoint, Fleet fleet, Scoring scoring, PredictionLog log, Answers answers) {
    this.endpoint = endpoint;
    this.fleet = fleet;
    this.scoring = scoring;
    this.log = log;
    this.answers = answers;
  }

  String write() {
    StringBuilder out = new StringBuilder(4_096);
    Fleet.Snapshot snapshot = fleet.snapshot();
    Map<Integer, VersionStats> stats = fleet.stats();

    head(out, "millrace_requests_total", "counter", "Scored requests by outcome.");
    stats.forEach(
        (version, of) -> {
          long[] outcomes = of.totals().outcomes();
          for (VersionStats.Outcome outcome : VersionStats.Outcome.values()) {
            String name = outcome.name().toLowerCase(Locale.ROOT);
            line(out, "millrace_requests_total", version, "outcome", name)
                .append(outcomes[outcome.ordinal()])
                .append('\n');
          }
        });
    head(out, "millrace_request_seconds", "histogram", "From the body read to the answer made.");
    stats.forEach((version, of) -> histogram(out, version, of.totals()));
    head(out, "millrace_rows_total", "counter", "Scored rows.");
    stats.forEach(
        (version, of) ->
            line(out, "millrace_rows_total", version).append(of.totals().rows()).append('\n'));
    head(
        out,
        "millrace_unexpected_missing_total",
        "counter",
        "Nulls in features that had none in training.");
    stats.forEach(
        (version, of) ->
            line(out, "millrace_unexpected_missing_total", version)
                .append(of.totals().unexpectedMissing())
                .append('\n'));
    head(out, "millrace_version_weight", "gauge", "Share of the requests of each loaded version.");
    snapshot
        .backends()
        .forEach(
            (version, backend) ->
                line(out, "millrace_version_weight", version)
                    .append(snapshot.weights().getOrDefault(version, 0.0))
                    .append('\n'));
    head(out, "millrace_runtime_info", "gauge", "What runs each loaded version's graph.");
    snapshot
        .backends()
        .forEach(
            (version, backend) ->
                line(
                        out,
                        "millrace_runtime_info",
                        version,
                        "runtime",
                        backend.runtime().kind().word())
                    .append("1\n"));
    head(out, "millrace_refused_total", "counter", "Answers that were not 2xx, by status.");
    answers
        .refused()
        .forEach(
            (status, count) ->
                out.append("millrace_refused_total{endpoint=\"")
                    .append(endpoint)
                    .append("\",status=\"")
                    .append(status)
                    .append("\"} ")
                    .append(count)
                    .append('\n'));
    single(out, "millrace_active_requests", "gauge", "Requests being scored.", scoring.active());
    single(out, "millrace_state_seq", "gauge", "State that is served whole.", snapshot.seq());
    single(out, "millrace_log_rows_total", "counter", "Rows in the log.", log.loggedRows());
    single(
        out,
        "millrace_log_dropped_rows_total",
        "counter",
        "Rows lost: queue full.",
        log.droppedRows());
    single(out, "millrace_log_queued_rows", "gauge", "Rows not yet written.", log.queuedRows());
    single(out, "millrace_log_parts_total", "counter", "Parts in the log.", log.parts());
    single(
        out,
        "millrace_log_failures_total",
        "counter",
        "Failed writes, tried again.",
        log.failures());
    process(out);
    return out.toString();
  }

  private void process(StringBuilder out) {
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    single(out, "jvm_memory_used_bytes", "gauge", "Heap in use.", heap);
    long resident = residentBytes();
    if (resident >= 0) {
      single(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident);
    }
    long start = ManagementFactory.getRuntimeMXBean().getStartTime() / 1_000;
    single(out, "process_start_time_seconds", "gauge", "Start, Unix time.", start);
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

  private void histogram(StringBuilder out, int version, VersionStats.Totals totals) {
    long below = 0;
    for (int i = 0; i < totals.buckets().length; i++) {
      below += totals.buckets()[i];
      String bound =
          i < VersionStats.BOUNDS.length
              ? new BigDecimal(Double.toString(VersionStats.BOUNDS[i])).toPlainString()
              : "+Inf";
      line(out, "millrace_request_seconds_bucket", version, "le", bound).append(below).append('\n');
    }
    line(out, "millrace_request_seconds_sum", version).append(totals.latencySum()).append('\n');
    line(out, "millrace_request_seconds_count", version).append(below).append('\n');
  }

  private void single(StringBuilder out, String name, String type, String help, long value) {
    head(out, name, type, help);
    out.append(name).append("{endpoint=\"").append(endpoint).append("\"} ");
    out.append(value).append('\n');
  }

  private static void head(StringBuilder out, String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private StringBuilder line(StringBuilder out, String name, int version, String... label) {
    out.append(name).append("{endpoint=\"").append(endpoint);
    out.append("\",version=\"").append(version);
    for (int i = 0; i < label.length; i += 2) {
      out.append("\",").append(label[i]).append("=\"").append(label[i + 1]);
    }
    return out.append("\"} ");
  }
}
