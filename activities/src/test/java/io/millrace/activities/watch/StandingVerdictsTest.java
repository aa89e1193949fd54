package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.State;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StandingVerdictsTest extends WatchBed {
  private static final String SPEC =
      """
      watch:
        schedule: {every: 20s, jitter: 0s, catch-up: 1h}
        window: {rows: 5000, min-rows: 1000}
        labels: {metric: accuracy, floor: 0.99}
        notify: [log]
      """;

  private StandingVerdicts standing() {
    return StandingVerdicts.of(store, WatchedStore.MODEL);
  }

  @Test
  void of_afterChecksThatSawNothingNew_isWhatWasFoundBefore() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    assertThat(standing()).isEqualTo(new StandingVerdicts(null, null));
    watched.log(1, "a", 20_000, 25_000);
    watched.log(1, "a", 25_000, 30_000);
    DriftReport found = check("found");
    for (int i = 0; i < 12; i++) {
      assertThat(check("nothing-" + i).state()).isEqualTo(State.NO_DATA);
    }

    StandingVerdicts.Drift drift = Objects.requireNonNull(standing().drift());

    assertThat(drift.state()).isEqualTo(State.DRIFTED);
    assertThat(drift.columns()).contains("car_value", "loan_length");
    assertThat(drift.sentence()).startsWith("Rows 5,001–10,000: 4 of 7 columns drifted");
    assertThat(drift.reportKey()).isEqualTo(found.reportKey());
    watched.log(1, "a", 0, 5_000);
    check("quiet");
    assertThat(Objects.requireNonNull(standing().drift()).state()).isEqualTo(State.STABLE);
  }

  @Test
  void of_afterACheckOfLabelsAlone_keepsTheVerdictOnColumns() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    check("drift");
    assertThat(standing().quality()).isNull();
    label(allRepaid(25_000, 30_000), LATER);
    assertThat(check("labels").state()).as("of the labels' window").isEqualTo(State.STABLE);

    StandingVerdicts standing = standing();

    assertThat(Objects.requireNonNull(standing.drift()).state()).isEqualTo(State.DRIFTED);
    StandingVerdicts.Quality quality = Objects.requireNonNull(standing.quality());
    assertThat(quality.labelled()).isEqualTo(5_000);
    assertThat(quality.broken()).isTrue();
    assertThat(quality.realised().name()).isEqualTo("accuracy");
    check("nothing");
    assertThat(standing()).isEqualTo(standing);
  }

  @Test
  void of_aNewChampion_hasNone_andOneThatComesBackHasItsOwn() throws IOException {
    watched.version(1, SPEC, REFERENCE);
    watched.log(1, "a", 25_000, 30_000);
    check("one");
    watched.version(2, SPEC, REFERENCE);
    check("two");
    assertThat(standing().drift()).isNull();
    watched.version(1, SPEC, REFERENCE);
    assertThat(Objects.requireNonNull(standing().drift()).version().version()).isEqualTo(1);
  }
}
