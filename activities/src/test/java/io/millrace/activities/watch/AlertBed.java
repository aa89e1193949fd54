package io.millrace.activities.watch;

import io.millrace.activities.watch.alert.AlertLog;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.FakeDeploy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The same with what serves, and with checks that are judged. */
abstract class AlertBed extends WatchBed {
  static final String SPEC =
      """
      watch:
        schedule: {every: 1h, jitter: 0s, catch-up: 1h}
        window: {last: 5000s, min-rows: 1000}
        notify: [log]
      """;
  static final String OBJECTIVES =
      SPEC
          + """
            slo: {p95: 20ms, p99: 50ms, errors: 1%, throughput: 0.5 rps, freshness: 1h,
                  cost-per-1000: 0.01 USD, hourly-cost: 0.036 USD}
            alerts: {slo: {after: 1 of 1, severity: error}}
          """;

  final FakeDeploy deploy = new FakeDeploy();

  final AlertWatch watch(Instant now) {
    return new AlertWatch(store, deploy, InstantSource.fixed(now));
  }

  final AlertLog alerts() {
    return new AlertLog(store, WatchedStore.MODEL);
  }

  final void serve(Map<Integer, Double> weights) {
    deploy.shift(new ShiftRequest(WatchedStore.MODEL, weights, "key", "a test"));
  }

  /** Checks and judges. */
  final Judged judge(String key, Instant at) {
    check(key, at, at);
    return judge(key, at, null);
  }

  /** Judges a check that was made, or the failure of one. */
  final Judged judge(String key, Instant at, @Nullable String failure) {
    return watch(at).judge(new JudgeRequest(WatchedStore.MODEL, at, key, failure));
  }
}
