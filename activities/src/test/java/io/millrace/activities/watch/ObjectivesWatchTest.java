package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.port.alert.AlertActivities.JudgeRequest;
import io.millrace.workflows.port.alert.AlertActivities.Judged;
import io.millrace.workflows.port.alert.AlertActivities.Notice;
import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How the objectives of a spec are kept, measured and told of. */
class ObjectivesWatchTest extends AlertBed {
  @Test
  void judge_ofObjectives_measuresAChallengerAndAShadow() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    // half a prediction a second, for the last 2,000 seconds
    watched.log(2, "b", 4_000, 5_000);
    watched.log(3, "c", 3_000, 5_000);
    shadow(3);
    serve(Map.of(1, 0.8, 2, 0.2, 3, 0.0));

    judge("one", at(5_000));

    AlertState state = alerts().head();
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("throughput"))
        .extracting(Level::version, Level::target, Level::met)
        .containsExactly(tuple(1, 0.4, true), tuple(2, 0.1, true), tuple(3, 0.0, null));
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("freshness"))
        .extracting(Level::version, Level::met)
        .containsExactly(tuple(1, true), tuple(2, true), tuple(3, true));
    // 8,000 rows share what 5,000 seconds cost
    assertThat(state.levels())
        .filteredOn(level -> level.slo().equals("cost-per-1000"))
        .hasSize(3)
        .allSatisfy(
            level ->
                assertThat(Objects.requireNonNull(level.value()))
                    .isCloseTo(0.036 * 4_999 / 3_600 / 8_000 * 1_000, within(1e-4)));
  }

  @Test
  void judge_ofALabelsObjective_countsThoseOfAChallenger() throws IOException {
    String labels =
        SPEC
            + """
              labels: {metric: accuracy}
              slo: {labels: 80%}
              alerts: {slo: {after: 1 of 1}}
            """;
    watched.version(1, labels, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    watched.log(2, "b", 5_000, 6_000);
    label(allRepaid(1_000, 5_500), at(0));
    serve(Map.of(1, 0.8, 2, 0.2));

    Judged judged = judge("one", at(6_000));

    assertThat(alerts().head().levels())
        .extracting(Level::version, Level::value, Level::met)
        .containsExactly(tuple(1, 0.8, true), tuple(2, 0.5, false));
    assertThat(judged.notices()).extracting(Notice::subject).containsExactly("labels of version 2");
  }

  @Test
  void judge_ofObjectives_measuresEachVersionThatServes() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);
    serve(Map.of(1, 0.9, 2, 0.1));
    deploy.traffic(
        version ->
            version == 1
                // 99 of 100 requests below 8 ms, one of 66 ms
                ? new VersionTraffic(1, 100, 0, 5.0, 9.0, null, counts(99, 1), null)
                : new VersionTraffic(2, 200, 4, 5.0, 5.0, null, counts(200, 0), null));

    Judged judged = judge("one", at(5_000));

    AlertState state = alerts().head();
    assertThat(state.levels())
        .extracting(Level::slo, Level::version, Level::met)
        .containsExactly(
            tuple("p95", 1, true),
            tuple("p99", 1, true),
            tuple("errors", 1, true),
            tuple("p95", 2, true),
            tuple("p99", 2, true),
            tuple("errors", 2, false),
            tuple("throughput", 1, true),
            tuple("cost-per-1000", 1, true),
            tuple("freshness", 1, true));
    assertThat(level(state, "throughput")).isCloseTo(1, within(1e-9));
    assertThat(level(state, "cost-per-1000")).isCloseTo(0.036 / 3_600 * 1_000, within(1e-12));
    assertThat(judged.notices())
        .singleElement()
        .satisfies(
            notice -> {
              assertThat(notice.subject()).isEqualTo("errors of version 2");
              assertThat(notice.severity()).isEqualTo("error");
              assertThat(notice.sentence())
                  .isEqualTo("errors of version 2: 2.000 % of 200 requests, at most 1.000 %");
            });
  }

  @Test
  void judge_ofObjectivesThatCannotBeMeasured_callsThemNotKept() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    serve(Map.of(1, 1.0));
    deploy.breakDown("observe", FailureType.ENDPOINT_UNAVAILABLE, "it is down");

    Judged judged = judge("one", at(5_000));

    assertThat(judged.notices())
        .extracting(Notice::subject)
        .contains("p99 of version 1", "errors of version 1", "freshness of version 1");
    assertThat(judged.notices())
        .filteredOn(notice -> notice.subject().startsWith("p99"))
        .singleElement()
        .satisfies(notice -> assertThat(notice.sentence()).contains("could not be measured"));
  }

  @Test
  void judge_ofAPastCheck_doesNotMeasureWhatIsServedNow() throws IOException {
    watched.version(1, OBJECTIVES, REFERENCE);
    watched.log(1, "a", 0, 5_000);

    serve(Map.of(1, 1.0));
    check("one", at(5_000), at(100_000));

    watch(at(100_000)).judge(new JudgeRequest(WatchedStore.MODEL, at(5_000), "one", null));

    assertThat(alerts().head().levels())
        .extracting(Level::slo)
        .containsExactly("throughput", "cost-per-1000", "freshness");
    assertThat(deploy.calls("observe")).isEmpty();
  }

  /** Moves a version's log to where answers lie that nobody saw. */
  private void shadow(int version) {
    for (String key : store.list("predictions/" + WatchedStore.MODEL + "/" + version + "/")) {
      store.put(key.replaceFirst("predictions", "shadow"), store.get(key).orElseThrow());
      store.delete(key);
    }
  }

  private static LatencyCounts counts(long fast, long slow) {
    // 8 ms is bucket 8 * log2(8000) = 103, 66 ms is 128
    return new LatencyCounts(
        100, IntStream.range(0, 29).mapToObj(i -> i == 0 ? fast : i == 28 ? slow : 0L).toList());
  }

  private static double level(AlertState state, String slo) {
    return Objects.requireNonNull(
        state.levels().stream()
            .filter(level -> level.slo().equals(slo))
            .findFirst()
            .orElseThrow()
            .value());
  }
}
