package io.millrace.activities.spec;

import static io.millrace.activities.spec.SpecTexts.LEAST;
import static io.millrace.activities.spec.SpecTexts.parse;
import static io.millrace.activities.spec.SpecTexts.problems;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.train.Families;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each task needs and fills in. */
final class SpecTaskTest {
  @Test
  void parse_ofAForecast_fillsWhatDependsOnTheTask() {
    Spec spec =
        parse(
            """
            model: bikes
            task: forecast
            data:
              source: {csv: data/bikes.csv}
              target: rented
              time: at
              forecast: {period: 24, horizon: 30}
            """);

    assertThat(spec.data().split().kind()).isEqualTo(SplitSpec.Kind.TIME);
    assertThat(spec.data().forecast())
        .isEqualTo(new ForecastSpec(30, List.of(30, 48, 96, 336), 24, null, null, true));
    assertThat(spec.data().forecast().naive()).isEqualTo(48);
    assertThat(spec.training().objective().metric()).isEqualTo("mae");
    assertThat(spec.training().candidates())
        .extracting(CandidateSpec::family)
        .containsExactly("linear", "forecaster");
    assertThat(spec.retraining().data().referencePlusLast()).isNull();
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofTasksWithoutWhatTheyNeed_namesItAll() {
    assertThat(
            problems(
                """
                model: bikes
                task: forecast
                data:
                  source: {csv: data/bikes.csv}
                  target: rented
                  split: {kind: random}
                  image: {height: 28, width: 28}
                training:
                  candidates: [{family: forecaster}, {family: cnn}]
                watch: {labels: {metric: skill}}
                retraining: {data: {reference-plus-last: 30d}}
                """))
        .containsExactlyInAnyOrder(
            "data.forecast: nothing (expected: keys such as {period: 24, horizon: 24, lags: [24,"
                + " 168]})",
            "data.image: {\"height\":28,\"width\":28,\"channels\":1,\"fit\":\"refuse\"} (expected:"
                + " nothing, unless task is image)",
            "data.time: nothing (expected: the column of the row's time)",
            "data.split.kind: \"random\" (expected: time for a forecast)",
            "training.candidates[1].family: \"cnn\" (expected: one for task forecast: "
                + Families.namesFor(Task.FORECAST)
                + ")",
            "watch.labels.metric: \"skill\" (expected: a metric that answers and labels alone can"
                + " tell, such as mae)",
            "retraining.data.reference-plus-last: \"PT720H\" (expected: nothing for a forecast: the"
                + " source is read again)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "forecast|  time: at@  forecast: {period: 24, horizon: 24, lags: [24,"
            + " 1]}|data.forecast.lags[1]: 1 (expected: at least horizon, which is 24: younger"
            + " values are not known yet)",
        "forecast|  time: at@  forecast: {period: 24, series: left}|data.forecast.series: \"left\""
            + " (expected: another column than data.target)",
        "forecast|  time: at@  forecast: {horizon: 2}|data.forecast.period: nothing (expected: a"
            + " whole number from 1 to 100000)",
        "recommend|  recommend: {user: who, item: who}|data.recommend.item: \"who\" (expected:"
            + " another column than user)",
        "recommend|  recommend: {user: who, item: what}@  split: {kind: random}|data.split.kind:"
            + " \"random\" (expected: stratified (within each user) or time: users of the test"
            + " split must be known)",
        "image|  image: {height: 512, width: 512, channels: 3}|data.image:"
            + " {\"height\":512,\"width\":512,\"channels\":3,\"fit\":\"refuse\"} (expected: height"
            + " x width x channels of at most 12288)",
        "image|  image: {height: 8, width: 8, paths: a, pixels: b}|data.image.pixels: \"b\""
            + " (expected: one of paths and pixels)",
        "binary|  derive: {a: 'b; DROP TABLE raw'}|data.derive.a: \"b; DROP TABLE raw\" (expected:"
            + " one SQL expression, without ; and comments)",
      })
  void parse_ofATasksOwnBlock_saysWhatIsWrongInIt(String task, String yaml, String expected) {
    assertThat(problems("task: " + task + "\n" + LEAST + yaml.replace("@", "\n") + "\n"))
        .containsExactly(expected);
  }
}
