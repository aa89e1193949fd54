package io.millrace.activities.search;

import static io.millrace.activities.search.Searches.by;
import static io.millrace.activities.search.Searches.choice;
import static io.millrace.activities.search.Searches.log;
import static io.millrace.activities.search.Searches.open;
import static io.millrace.activities.search.Searches.real;
import static io.millrace.activities.search.Searches.steps;
import static io.millrace.activities.search.Searches.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.SearchSpec.Method;
import io.millrace.workflows.wire.PayloadJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SamplersTest {
  private static final CandidateSpec FIXED = new CandidateSpec("linear", Map.of("bins", 4));
  private static final CandidateSpec OPEN =
      open(
          "mlp",
          Map.of(
              "bins", whole(3, 8),
              "dropout", real(0, 0.5),
              "learning-rate", log(0.001, 0.1),
              "hidden", choice(List.of(64), List.of(64, 32))));
  private static final Function<CandidateSpec, Double> FLAT = candidate -> 1.0;

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"RANDOM", "TPE"})
  void trials_areWithinBounds_different_andOfTheSeed(Method method) {
    Function<CandidateSpec, Double> loss = c -> Math.abs(number(c, "dropout") - 0.2);
    List<Tried> trials = Searches.whole(by(method, 60), 7, List.of(FIXED, OPEN), loss);

    assertThat(trials).hasSize(60);
    assertThat(trials.getFirst().candidate()).isEqualTo(FIXED);
    assertThat(trials).extracting(Tried::candidate).doesNotHaveDuplicates();
    assertThat(trials.subList(1, 60))
        .allSatisfy(
            tried -> {
              CandidateSpec candidate = tried.candidate();
              assertThat(candidate.search()).isEmpty();
              assertThat((Integer) candidate.parameters().get("bins")).isBetween(3, 8);
              assertThat(number(candidate, "dropout")).isBetween(0.0, 0.5);
              assertThat(number(candidate, "learning-rate")).isBetween(0.001, 0.1);
              assertThat(candidate.parameters().get("hidden")).isIn(List.of(64), List.of(64, 32));
            });
    assertThat(Searches.whole(by(method, 60), 7, List.of(FIXED, OPEN), loss)).isEqualTo(trials);
    assertThat(Searches.whole(by(method, 60), 8, List.of(FIXED, OPEN), loss)).isNotEqualTo(trials);
  }

  @Test
  void random_coversEveryValue_andTheLogScaleEvenly() {
    List<Tried> trials = Searches.whole(by(Method.RANDOM, 400), 7, List.of(OPEN), FLAT);

    assertThat(trials)
        .extracting(tried -> tried.candidate().parameters().get("bins"))
        .contains(3, 4, 5, 6, 7, 8);
    long below = trials.stream().filter(t -> number(t.candidate(), "learning-rate") < 0.01).count();
    // half of 400 is below the geometric middle; four standard deviations are 40
    assertThat(below).isBetween(160L, 240L);
  }

  @Test
  void random_givesSpacesTurns_andEndsWhenNothingIsNew() {
    CandidateSpec two = open("linear", Map.of("bins", whole(1, 2)));
    CandidateSpec three = open("mlp", Map.of("bins", whole(1, 3)));

    List<Tried> trials = Searches.whole(by(Method.RANDOM, 100), 7, List.of(two, three), FLAT);

    assertThat(trials).hasSize(5);
    assertThat(trials.subList(0, 4)).extracting(Tried::source).containsExactly(0, 1, 0, 1);
    assertThat(trials).extracting(Tried::candidate).doesNotHaveDuplicates();
  }

  @Test
  void trialOfRandom_doesNotDependOnResults() {
    List<Tried> one = Searches.whole(by(Method.RANDOM, 20), 7, List.of(OPEN), FLAT);
    List<Tried> two =
        Searches.whole(by(Method.RANDOM, 20), 7, List.of(OPEN), c -> number(c, "dropout"));

    assertThat(two)
        .extracting(Tried::candidate)
        .isEqualTo(one.stream().map(Tried::candidate).toList());
  }

  /** A valley with a narrow floor: where it is must be learned. */
  @Test
  void tpe_beatsRandom_byTheMedianOverSeeds() {
    CandidateSpec valley =
        open("mlp", Map.of("learning-rate", log(1e-5, 1), "dropout", real(0, 0.9)));
    Function<CandidateSpec, Double> loss =
        c ->
            Math.pow(Math.log10(number(c, "learning-rate")) + 3.3, 2)
                + 10 * Math.pow(number(c, "dropout") - 0.31, 2);
    List<Double> random = new ArrayList<>();
    List<Double> tpe = new ArrayList<>();
    for (int seed = 1; seed <= 25; seed++) {
      random.add(best(by(Method.RANDOM, 40), seed, valley, loss));
      tpe.add(best(by(Method.TPE, 40), seed, valley, loss));
    }

    assertThat(median(tpe)).isLessThan(0.5 * median(random));
  }

  @Test
  void tpe_prefersTheBetterFamily() {
    CandidateSpec bad = open("linear", Map.of("learning-rate", log(1e-4, 1)));
    CandidateSpec good = open("mlp", Map.of("learning-rate", log(1e-4, 1)));

    List<Tried> trials =
        Searches.whole(
            by(Method.TPE, 60), 7, List.of(bad, good), c -> c.family().equals("mlp") ? 1.0 : 2.0);

    assertThat(trials.subList(20, 60).stream().filter(t -> t.source() == 1).count())
        .isGreaterThan(28);
  }

  @Test
  void tpe_keepsAwayFromWhatRunsAndWhatDiverged() {
    CandidateSpec open = open("mlp", Map.of("dropout", real(0, 0.9)));
    List<Tried> tried = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      double dropout = i / 25.0;
      tried.add(
          Searches.done(i, 0, new CandidateSpec("mlp", Map.of("dropout", dropout)), 1 - dropout));
    }
    double calm = proposed(open, tried);
    for (int i = 20; i < 40; i++) {
      tried.add(
          new Tried(
              i,
              0,
              new CandidateSpec("mlp", Map.of("dropout", calm + (i - 30) / 1000.0)),
              null,
              i % 2 == 0 ? State.RUNNING : State.DIVERGED,
              List.of()));
    }

    assertThat(calm).isGreaterThan(0.6);
    assertThat(Math.abs(proposed(open, tried) - calm)).isGreaterThan(0.02);
  }

  private static double proposed(CandidateSpec open, List<Tried> tried) {
    return number(
        SeededSearch.proposal(
                Searches.request(
                    new RunRef("sample-1", "sample", null),
                    tried.size(),
                    by(Method.TPE, 100),
                    7,
                    List.of(open),
                    tried))
            .candidate(),
        "dropout");
  }

  @Test
  void grid_isEveryPoint_fixedCandidatesToo() {
    CandidateSpec open =
        open(
            "mlp",
            Map.of(
                "bins", whole(3, 5),
                "dropout", steps(real(0, 0.5), 2),
                "learning-rate", steps(log(0.01, 1), 3)));

    List<Tried> trials = Searches.whole(by(Method.GRID, null), 7, List.of(FIXED, open), FLAT);

    assertThat(trials).hasSize(1 + 3 * 2 * 3);
    assertThat(Grids.points(List.of(FIXED, open))).isEqualTo(19);
    assertThat(trials).extracting(Tried::candidate).doesNotHaveDuplicates().contains(FIXED);
    assertThat(trials.subList(1, 4))
        .extracting(t -> t.candidate().parameters())
        .containsExactly(
            Map.of("bins", 3, "dropout", 0.0, "learning-rate", 0.01),
            Map.of("bins", 3, "dropout", 0.0, "learning-rate", 0.1),
            Map.of("bins", 3, "dropout", 0.0, "learning-rate", 1.0));
    assertThatThrownBy(() -> Domain.of(real(0, 1)).grid(null))
        .hasMessage("steps: nothing (expected: points of the grid)");
  }

  @Test
  void grid_ofWholeNumbersWithSteps_isSpacedWithBothEnds() {
    assertThat(Domain.of(whole(1, 10)).grid(4)).containsExactly(1, 4, 7, 10);
    assertThat(Domain.of(whole(1, 3)).grid(9)).containsExactly(1, 2, 3);
  }

  @Test
  void place_ofAValue_isWhereItCameFrom_alsoAfterTheWire() throws Exception {
    for (DomainSpec spec :
        List.of(whole(-3, 8), real(-1, 0.5), log(1e-6, 3), choice("a", List.of(1, 2), 3, 0.5))) {
      Domain domain = Domain.of(spec);
      for (int i = 0; i < 100; i++) {
        Object value = domain.at(i / 100.0);
        Object read =
            PayloadJson.mapper()
                .readValue(PayloadJson.mapper().writeValueAsBytes(value), Object.class);
        assertThat(domain.at(domain.place(read))).isEqualTo(value);
      }
    }
  }

  @Test
  void normal_isTheDistributionFunction() {
    assertThat(Parzen.normal(0)).isCloseTo(0.5, org.assertj.core.data.Offset.offset(1e-7));
    assertThat(Parzen.normal(1.96)).isCloseTo(0.9750021, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(Parzen.normal(-3)).isCloseTo(0.0013499, org.assertj.core.data.Offset.offset(1e-6));
  }

  private static double best(
      io.millrace.workflows.spec.SearchSpec search,
      long seed,
      CandidateSpec space,
      Function<CandidateSpec, Double> loss) {
    return Searches.whole(search, seed, List.of(space), loss).stream()
        .mapToDouble(t -> t.reached().getFirst().value())
        .min()
        .orElseThrow();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static double number(CandidateSpec candidate, String name) {
    return ((Number) candidate.parameters().getOrDefault(name, 0.0)).doubleValue();
  }
}
