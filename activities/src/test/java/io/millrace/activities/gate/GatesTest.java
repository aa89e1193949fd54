package io.millrace.activities.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.GateSpec.Severity;
import io.millrace.workflows.spec.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@NullUnmarked // a null here fails the test, as it should
class GatesTest {
  private static final ModelRef CHAMPION = new ModelRef("credit", 3, "a".repeat(64));
  private final Scored good = HandMade.binormal(new SplittableRandom(1), 600, 1.2);
  private final Scored poor = HandMade.binormal(new SplittableRandom(2), 600, 0.4);

  private static Verdict judge(GateSpec spec, Evidence evidence) {
    return Gate.of(spec).orElseThrow().judge(evidence);
  }

  private static GateSpec floor(String metric, double floor, @Nullable Double confidence) {
    return new GateSpec.MetricBound(metric, floor, null, confidence, Severity.BLOCK);
  }

  private static GateSpec ceiling(String metric, double ceiling, @Nullable Double confidence) {
    return new GateSpec.MetricBound(metric, null, ceiling, confidence, Severity.BLOCK);
  }

  private static GateSpec nonInferior(String metric, double margin) {
    return new GateSpec.NonInferiority("non-inferior", metric, margin, 0.95, Severity.WARN);
  }

  private static GateSpec slice(int minRows, double floor, String... by) {
    return new GateSpec.WorstSlice(
        new GateSpec.Slice(List.of(by)), "roc-auc", floor, minRows, Severity.BLOCK);
  }

  private static GateSpec latency(String quantile, Duration ceiling) {
    return new GateSpec.Latency(quantile, ceiling, "target", Severity.BLOCK);
  }

  @Test
  void floor_belowTheLowerBound_isAcceptedWithItsInterval() {
    Verdict verdict = judge(floor("roc-auc", 0.7, 0.95), HandMade.of(good));

    assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict.threshold()).isEqualTo(0.7);
    assertThat(verdict.observation()).isNotNull();
    assertThat(verdict.observation().low())
        .isGreaterThan(0.7)
        .isLessThan(verdict.observation().value());
    assertThat(verdict.observation().rows()).isEqualTo(600);
    assertThat(verdict.sentence()).contains("with 95 % confidence; the floor 0.7 holds");
    assertThat(verdict.gate()).isEqualTo("roc-auc >= 0.7 with 95 % confidence");
  }

  @Test
  void floor_betweenTheBoundAndTheEstimate_isRejectedWithConfidenceAndAcceptedWithout() {
    Verdict sure = judge(floor("roc-auc", 0.5, 0.95), HandMade.of(good));
    double between = (sure.observation().low() + sure.observation().value()) / 2;

    assertThat(judge(floor("roc-auc", between, 0.95), HandMade.of(good)))
        .isInstanceOf(Verdict.Rejected.class);
    assertThat(judge(floor("roc-auc", between, null), HandMade.of(good)))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void ceiling_isHeldAgainstTheUpperBound() {
    Verdict wide = judge(ceiling("log-loss", 5, 0.95), HandMade.of(good));
    double high = wide.observation().high();

    assertThat(wide).isInstanceOf(Verdict.Accepted.class);
    assertThat(judge(ceiling("log-loss", high - 1e-6, 0.95), HandMade.of(good)))
        .isInstanceOf(Verdict.Rejected.class);
  }

  @Test
  void verdicts_areMonotoneInTheThreshold() {
    for (Double confidence : Arrays.asList(null, 0.8, 0.95)) {
      boolean rejected = false;
      for (double floor = 0.4; floor <= 1; floor += 0.01) {
        boolean no =
            judge(floor("roc-auc", floor, confidence), HandMade.of(good))
                instanceof Verdict.Rejected;
        assertThat(no).as("floor %s", floor).isIn(true, rejected);
        rejected = no;
      }
      boolean accepted = false;
      for (double most = 0; most <= 1; most += 0.02) {
        boolean yes =
            judge(ceiling("log-loss", most, confidence), HandMade.of(good))
                instanceof Verdict.Accepted;
        assertThat(yes).as("ceiling %s", most).isIn(true, accepted);
        accepted = yes;
      }
      assertThat(rejected).isTrue();
      assertThat(accepted).isTrue();
    }
  }

  @Test
  void moreConfidence_neverTurnsNoIntoYes() {
    boolean rejected = false;
    for (double confidence = 0.5; confidence < 1; confidence += 0.02) {
      boolean no =
          judge(floor("roc-auc", 0.78, confidence), HandMade.of(good)) instanceof Verdict.Rejected;
      assertThat(no).isIn(true, rejected);
      rejected = no;
    }
  }

  @Test
  void floor_failsClosed() {
    Scored nan = HandMade.binary(new double[] {0, 1}, new float[] {Float.NaN, 0.5f});
    Scored none = HandMade.binary(new double[0], new float[0]);
    Scored oneClass = HandMade.binary(new double[] {1, 1}, new float[] {0.1f, 0.5f});
    Scored few = HandMade.binary(new double[] {0, 1, 1}, new float[] {0.1f, 0.5f, 0.6f});

    assertRejected(
        judge(floor("rmse", 0, 0.95), HandMade.of(good)), "metric: rmse (expected: one of");
    assertRejected(judge(floor("roc-auc", 0, 0.95), HandMade.of(nan)), "not a finite number");
    assertRejected(judge(floor("roc-auc", 0, null), HandMade.of(none)), "no rows");
    assertRejected(judge(floor("roc-auc", 0, null), HandMade.of(oneClass)), "one class only");
    assertRejected(judge(floor("roc-auc", 0, 0.95), HandMade.of(few)), "too few for an interval");
    assertRejected(judge(floor("roc-auc", Double.NaN, null), HandMade.of(good)), "does not hold");
    assertRejected(
        judge(
            new GateSpec.MetricBound("roc-auc", null, null, null, Severity.BLOCK),
            HandMade.of(good)),
        "no floor and no ceiling");
  }

  private static void assertRejected(Verdict verdict, String why) {
    assertThat(verdict).isInstanceOf(Verdict.Rejected.class);
    assertThat(verdict.sentence()).contains(why);
  }

  @Test
  void nonInferiority_withoutAChampion_isAccepted() {
    assertThat(judge(nonInferior("roc-auc", 0), HandMade.of(poor)))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void nonInferiority_acceptsTheBetterAndRejectsTheWorse() {
    Evidence better =
        HandMade.of(good).against(new Evidence.Champion(CHAMPION, relabel(poor), null));
    Evidence worse =
        HandMade.of(relabel(poor)).against(new Evidence.Champion(CHAMPION, good, null));

    for (String metric : List.of("roc-auc", "log-loss", "accuracy")) {
      Verdict yes = judge(nonInferior(metric, 0.005), better);
      Verdict no = judge(nonInferior(metric, 0.005), worse);
      assertThat(yes).as(metric).isInstanceOf(Verdict.Accepted.class);
      assertThat(yes.observation().value()).as(metric).isPositive();
      assertThat(no).as(metric).isInstanceOf(Verdict.Rejected.class);
      assertThat(no.severity()).isEqualTo(Severity.WARN);
      assertThat(no.sentence()).contains("champion credit@3");
    }
  }

  /** The same labels as the good model's rows have. */
  private Scored relabel(Scored scored) {
    return new Scored(Task.BINARY, good.labels(), scored.scores(), 1, 0.5);
  }

  @Test
  void nonInferiority_ofTheSameModel_isAcceptedWithNoMargin() {
    Evidence same = HandMade.of(good).against(new Evidence.Champion(CHAMPION, good, null));

    assertThat(judge(nonInferior("roc-auc", 0), same)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void nonInferiority_toAChampionThatCannotBeScored_isRejectedWithTheReason() {
    Evidence evidence =
        HandMade.of(good).against(new Evidence.Champion(CHAMPION, null, "column AGE is missing"));

    assertRejected(judge(nonInferior("roc-auc", 1), evidence), "column AGE is missing");
  }

  @Test
  void worstSlice_isNamed() {
    double[] labels = new double[400];
    float[] scores = new float[400];
    double[] education = new double[400];
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 2;
      education[i] = i < 200 ? 1 : i < 397 ? 2 : 9;
      // slice 2 is scored without regard to the label
      double x = random.nextGaussian() + (education[i] == 1 ? 2 * labels[i] : 0);
      scores[i] = (float) (1 / (1 + Math.exp(-x)));
    }
    HandMade evidence =
        HandMade.of(HandMade.binary(labels, scores))
            .with("EDUCATION", new Table.Numbers("C", education));

    Verdict verdict = judge(slice(100, 0.7, "EDUCATION"), evidence);

    assertRejected(verdict, "The worst of 2 slices is EDUCATION = 2");
    assertThat(verdict.sentence()).contains("1 with fewer than 100 rows left out");
    assertThat(verdict.observation().rows()).isEqualTo(197);
    assertThat(judge(slice(100, 0.2, "EDUCATION"), evidence)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void worstSlice_failsClosed() {
    HandMade base = HandMade.of(good);
    Table.Column text = new Table.Categories("C", new @Nullable String[600]);
    double[] byLabel = good.labels();
    double[] many = new double[600];
    Arrays.setAll(many, i -> i);

    assertRejected(judge(slice(10, 0, "AGE"), base), "slice: AGE (expected: a column");
    assertRejected(judge(slice(10, 0), base), "No column is named");
    assertRejected(judge(slice(10, 0, "C:quartiles"), base.with("C", text)), "column of numbers");
    assertRejected(
        judge(slice(601, 0, "C"), base.with("C", new Table.Numbers("C", many))),
        "600 distinct values");
    assertRejected(
        judge(slice(601, 0, "C:quartiles"), base.with("C", new Table.Numbers("C", many))),
        "No slice of C:quartiles has 601 rows");
    assertRejected(
        judge(slice(10, 0, "C"), base.with("C", new Table.Numbers("C", byLabel))),
        "one class only");
  }

  @Test
  void quartiles_haveAboutAsManyRows_andMissingIsApart() {
    double[] ages = new double[101];
    Arrays.setAll(ages, i -> i == 100 ? Double.NaN : 21 + i % 50);

    List<Slices.Slice> slices = Slices.byQuartile("AGE", ages);

    assertThat(slices)
        .extracting(Slices.Slice::name)
        .containsExactly("AGE 21..33", "AGE 34..45", "AGE 46..58", "AGE 59..70", "AGE missing");
    assertThat(slices.stream().mapToInt(s -> s.rows().length).sum()).isEqualTo(101);
  }

  @Test
  void quartiles_ofTiedValues_keepAValueWhole() {
    double[] tied = HandMade.each(90, 1);
    tied[89] = 2;

    assertThat(Slices.byQuartile("C", tied))
        .extracting(Slices.Slice::name)
        .containsExactly("C 1..1", "C 2..2");
  }

  @Test
  void latency_judgesTheQuantile() {
    double[] times = new double[5000];
    Arrays.setAll(times, i -> i < 4960 ? 0.1 : 30);

    assertThat(judge(latency("p99", Duration.ofMillis(20)), HandMade.of(good).taking(times)))
        .isInstanceOf(Verdict.Accepted.class);
    Arrays.setAll(times, i -> i < 4900 ? 0.1 : 30);
    Verdict no = judge(latency("p99", Duration.ofMillis(20)), HandMade.of(good).taking(times));
    assertRejected(no, "p99 of 5,000 single-row predictions on the serving runtime is 30 ms");
    assertThat(no.threshold()).isEqualTo(20);
    assertThat(judge(latency("p50", Duration.ofMillis(20)), HandMade.of(good).taking(times)))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void latency_onTheTarget_isJudgedByWhatWasMeasuredThere() {
    Evidence there = HandMade.of(good).there(new OnTarget.Found(HandMadeMeter.MEASURED, null));
    Verdict warm = judge(latency("p99", Duration.ofMillis(2)), there);

    assertThat(warm).isInstanceOf(Verdict.Accepted.class);
    assertThat(warm.sentence())
        .isEqualTo(
            "p99 of 3 single-row requests to the function is 2 ms; the ceiling 2 ms holds. Cold p50"
                + " 300 ms and p99 400 ms of 3 starts, warm p50 1 ms and p99 2 ms, 141 MB"
                + " resident.");
    assertRejected(
        judge(latency("p99", Duration.ofMillis(1)), there), "the ceiling 1 ms does not hold");
    Verdict cold = judge(latency("cold-p99", Duration.ofMillis(399)), there);
    assertRejected(cold, "p99 of 3 starts with a first answer of the function is 400 ms");
    assertThat(cold.observation().name()).isEqualTo("latency-cold-p99-ms");
    assertThat(judge(latency("cold-p50", Duration.ofMillis(300)), there))
        .isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void latency_ofAStart_whereNoneIsMeasured_isRejected() {
    assertRejected(
        judge(latency("cold-p99", Duration.ofSeconds(9)), HandMade.of(good)),
        "latency: cold-p99 (expected: p50, p90, p95 or p99: no start is measured there)");
  }

  @Test
  void latency_withTooFewAnswers_isRejected() {
    assertRejected(
        judge(latency("p99", Duration.ofMillis(20)), HandMade.of(good).taking(1, 2, 3)),
        "3 of 5,000 predictions");
    assertRejected(
        judge(latency("p12", Duration.ofMillis(20)), HandMade.of(good)), "latency: p12 (expected");
  }
}
