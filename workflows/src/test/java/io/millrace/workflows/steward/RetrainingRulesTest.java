package io.millrace.workflows.steward;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.spec.RetrainingSpec.DataWindow;
import io.millrace.workflows.steward.RetrainingRules.Decision;
import io.millrace.workflows.steward.StewardState.Spent;
import io.millrace.workflows.steward.StewardState.Tally;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetrainingRulesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private static RetrainingSpec rules(
      Debounce debounce, Integer perWeek, Double cost, Duration age, Long rows) {
    return new RetrainingSpec(
        List.of("drift", "quality", "age", "rows"),
        new DataWindow(null),
        DAY,
        8,
        Duration.ofDays(7),
        age,
        rows,
        debounce,
        perWeek,
        cost);
  }

  private static DriftSummary seen(boolean drifted, Instant at) {
    return new DriftSummary(
        "credit",
        "DRIFTED",
        drifted,
        false,
        List.of(),
        at,
        "so",
        NOW.minus(DAY.multipliedBy(90)),
        5_000L);
  }

  private static Decision decide(RetrainingSpec rules, List<Instant> earlier, Tally tally) {
    return RetrainingRules.decide(rules, earlier, tally, seen(true, NOW), NOW);
  }

  private static Tally saw(Boolean... checks) {
    return new Tally(0, List.of(checks), List.of());
  }

  @Test
  void drift_seenInTooFewChecks_waitsForMore() {
    RetrainingSpec rules = rules(new Debounce(2, 3), null, null, null, null);

    assertThat(decide(rules, List.of(), saw(true)).refusal())
        .isEqualTo("drift in 2 of 3 checks, 1 so far");
    assertThat(decide(rules, List.of(), saw(true, false, false, true)).retrain()).isFalse();
    assertThat(decide(rules, List.of(), saw(true, false, true)).retrain()).isTrue();
  }

  @Test
  void drift_ofACheckBeforeTheLastRetraining_isNoReasonForAnother() {
    RetrainingSpec rules = rules(null, null, null, null, null);
    Instant last = NOW.minus(DAY.multipliedBy(2));

    assertThat(
            RetrainingRules.decide(rules, List.of(last), saw(true), seen(true, last), NOW)
                .refusal())
        .isEqualTo("a check of what came after the retraining of 2026-02-27T12:00:00Z");
    assertThat(
            RetrainingRules.decide(
                    rules, List.of(last), saw(true), seen(true, last.plusMillis(1)), NOW)
                .retrain())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 2", "3, 4", "4, 8", "6, 32", "20, 32"})
  void retrainings_withoutANewVersion_waitTwiceAsLongEachTime(int fruitless, long days) {
    RetrainingSpec rules = rules(null, null, null, null, null);
    Tally tally = new Tally(fruitless, List.of(true), List.of());
    Duration wait = DAY.multipliedBy(days);

    assertThat(decide(rules, List.of(NOW.minus(wait).plusSeconds(1)), tally).refusal())
        .startsWith("the cooldown to end at 2026-03-01T12:00:01Z");
    assertThat(decide(rules, List.of(NOW.minus(wait)), tally).retrain()).isTrue();
  }

  @Test
  void retrainings_ofAWeek_areCounted() {
    RetrainingSpec rules = rules(null, 2, null, null, null);
    List<Instant> two = List.of(NOW.minus(DAY.multipliedBy(6)), NOW.minus(DAY.multipliedBy(3)));

    assertThat(decide(rules, two, saw(true)).refusal())
        .isEqualTo("the budget of 2 retrainings in 7 days to free up");
    assertThat(decide(rules, two.subList(1, 2), saw(true)).retrain()).isTrue();
  }

  @Test
  void money_thatIsSpent_endsTheMonthsRetrainings() {
    RetrainingSpec rules = rules(null, null, 150.0, null, null);
    Spent old = new Spent(NOW.minus(DAY.multipliedBy(31)), 1_000);
    Spent recent = new Spent(NOW.minus(DAY.multipliedBy(9)), 149.5);

    assertThat(
            decide(rules, List.of(), new Tally(0, List.of(true), List.of(old, recent))).retrain())
        .isTrue();
    assertThat(
            decide(
                    rules,
                    List.of(),
                    new Tally(0, List.of(true), List.of(recent, new Spent(NOW.minus(DAY), 0.5))))
                .refusal())
        .isEqualTo("the budget of 150.00 USD in 30 days to free up, 150.00 are spent");
  }

  @Test
  void age_ofTheChampion_isACauseOfItsOwn() {
    DriftSummary quiet = seen(false, NOW);
    assertThat(
            RetrainingRules.decide(
                    rules(null, null, null, Duration.ofDays(90), null),
                    List.of(),
                    saw(),
                    quiet,
                    NOW)
                .cause())
        .isEqualTo("age");
    assertThat(
            RetrainingRules.decide(
                    rules(null, null, null, Duration.ofDays(91), null),
                    List.of(),
                    saw(),
                    quiet,
                    NOW)
                .cause())
        .isNull();
  }

  @Test
  void rows_sinceTheChampionWasMade_areACauseOfTheirOwn() {
    DriftSummary quiet = seen(false, NOW);
    assertThat(
            RetrainingRules.decide(
                    rules(null, null, null, null, 5_000L), List.of(), saw(), quiet, NOW)
                .cause())
        .isEqualTo("rows");
    assertThat(
            RetrainingRules.decide(
                    rules(null, null, null, null, 5_001L), List.of(), saw(), quiet, NOW)
                .cause())
        .isNull();
  }
}
