package io.millrace.activities.spec;

import static io.millrace.activities.spec.SpecTexts.LEAST;
import static io.millrace.activities.spec.SpecTexts.parse;
import static io.millrace.activities.spec.SpecTexts.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes, each told with its path, value and what was expected. */
final class SpecProblemsTest {
  @Test
  void parse_ofManyMistakes_namesThemAllWithPathValueAndExpectation() {
    List<String> problems =
        problems(
            """
            model: Churn
            task: binry
            data:
              source: {csv: data/churn.csv}
              targt: left
            training:
              candidates:
                - {family: linear}
                - {family: mlp, hidden: "64", dropout: 1}
            gates:
              - {metric: roc-auc, floor: 0.7, ceiling: 0.9}
              - {metric: rmse, ceiling: 3, confidence: 1}
            deployment:
              rollout: {steps: [50%, 10%], bake: soon}
            """);

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "model: \"Churn\" (expected: lower-case letters, digits, '.', '_', '-', at most 100, no"
                + " '..', first a letter or digit)",
            "task: \"binry\" (expected: one of binary, multiclass, regression, forecast, recommend,"
                + " image)",
            "data.targt: \"left\" (expected: no such key; did you mean target?)",
            "data.target: nothing (expected: a column's name)",
            "training.candidates[1].hidden: \"64\" (expected: a list of whole numbers > 0)",
            "training.candidates[1].dropout: 1 (expected: a number >= 0 and < 1)",
            "gates[0]:"
                + " {\"metric\":\"roc-auc\",\"floor\":0.7,\"ceiling\":0.9,\"severity\":\"block\"}"
                + " (expected: exactly one of floor and ceiling: a floor for roc-auc)",
            "gates[1].confidence: 1 (expected: a share above 0 and below 1, or such as 10%)",
            "deployment.rollout.steps[1]: 0.1 (expected: more than the step before: steps ascend to"
                + " 100%)",
            "deployment.rollout.steps: [0.5,0.1] (expected: shares of traffic that ascend, the last"
                + " 100%)",
            "deployment.rollout.bake: \"soon\" (expected: a duration such as 30s, 10m, 6h, 3d or"
                + " PT10M)");
  }

  @Test
  void parse_ofAProblem_knowsItsLine() {
    SpecProblems thrown =
        catchThrowableOfType(SpecProblems.class, () -> parse(LEAST + "task: forcast\n"));

    assertThat(thrown.problems()).singleElement().satisfies(p -> assertThat(p.line()).isEqualTo(5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "gates: [{fairness: four-fifths, attribute: SEX}]|gates[0].fairness: \"four-fifths\" (not"
            + " supported yet: fairness gates)",
        "watch: {notify: [{sns: x}]}|watch.notify[0].sns: \"x\" (not supported yet: sns)"
      })
  void parse_ofAPartThatComesLater_refusesItByName(String yaml, String expected) {
    assertThat(problems(LEAST + yaml + "\n")).containsExactly(expected);
  }

  @Test
  void parse_ofASourceThatComesLater_refusesItOnce() {
    assertThat(
            problems(
                "model: churn\ndata: {source: {jdbc: {url: 'jdbc:postgresql://u:p4ss@h/d', table:"
                    + " t, query: 'select 1'}}, target: left}\n"))
        .hasSize(2)
        .noneMatch(p -> p.contains("p4ss"))
        .anyMatch(p -> p.contains("no user and password in it"))
        .anyMatch(p -> p.startsWith("data.source.jdbc: "));
    assertThat(
            problems(
                "model: churn\ndata: {source: {parquet: a.parquet, decimal: ',', encoding: x!},"
                    + " target: left}\n"))
        .anyMatch(p -> p.startsWith("data.source.decimal: \",\" (expected: nothing, unless"))
        .anyMatch(p -> p.startsWith("data.source.encoding: \"x!\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "  id: left|data.id: \"left\" (expected: another column than the target)",
        "  exclude: [a, left]|data.exclude[1]: \"left\" (expected: a column that is not the"
            + " target)",
        "  split: {kind: time}|data.split.column: nothing (expected: the column of the row's time,"
            + " here or as data.time)",
        "  split: {kind: group}|data.split.column: nothing (expected: the column that names the"
            + " group)",
        "  split: {test: 0.6, validation: 0.5}|data.split.test: 0.6 (expected: less than 1 together"
            + " with validation 0.5)",
        "  expectations: [{column: a, unique: true, not-null: true}]|data.expectations[0]:"
            + " {\"column\":\"a\",\"unique\":true,\"not-null\":true,\"on-break\":\"block\",\"max-dropped\":0.…"
            + " (expected: exactly one of not-null, unique, range, set, regex, rows, freshness,"
            + " sql, nulls, history)",
        "  expectations: [{column: a, nulls: 2%, on-break: drop}]|data.expectations[0].on-break:"
            + " \"drop\" (expected: block or warn: nulls is about the whole table)",
        "  expectations: [{column: a, range: [9, 1]}]|data.expectations[0].range: [9,1] (expected:"
            + " two numbers, the lower first; at most one of them null)",
        "  expectations: [{column: a, regex: '('}]|data.expectations[0].regex: \"(\" (expected: a"
            + " regular expression)",
        "  privacy: {on-find: hash}|data.privacy.key: nothing (expected: a reference such as"
            + " secret:env:NAME, because of hash or tokenise)",
        "  privacy: {key: hunter2}|data.privacy.key: *** (expected: a reference such as"
            + " secret:env:NAME or secret:file:/path)",
        "watch: {window: {last: 1d, rows: 500}}|watch.window:"
            + " {\"last\":\"PT24H\",\"rows\":500,\"min-rows\":500} (expected: exactly one of last,"
            + " rows)",
        "watch: {reference: {from: 2026-03-08T00:00:00Z, to:"
            + " 2026-03-01T00:00:00Z}}|watch.reference:"
            + " \"2026-03-08T00:00:00Z/2026-03-01T00:00:00Z\" (expected: training, {version: 3},"
            + " same-weekday, {last: 7d}, or from and to, the first before the second)",
        "watch: {schedule: {every: 20s, jitter: 30s}}|watch.schedule.jitter: \"PT30S\" (expected:"
            + " less than every)",
        "watch: {labels: {metric: rmse}}|watch.labels.metric: \"rmse\" (expected: one of roc-auc,"
            + " log-loss, accuracy, f1 for task binary)",
        "retraining: {on: [quality]}|retraining.on[0]: \"quality\" (expected: watch.labels.floor as"
            + " well: quality is broken below it)",
        "training: {objective: {metric: roc-auc, goal: min}}|training.objective.goal: \"min\""
            + " (expected: max for roc-auc)",
        "training: {candidates: [{family: mlp, search: {dropout: {real: [0.5, 0.1]}}}]}|"
            + "training.candidates[0].search.dropout.real: [0.5,0.1] (expected: two numbers, the"
            + " lower first)",
        "training: {candidates: [{family: mlp, search: {learning-rate: {log: [0, 0.3]}}}]}|"
            + "training.candidates[0].search.learning-rate.log: [0,0.3] (expected: two numbers"
            + " above 0, the lower first: a logarithmic scale has no 0)",
        "training: {candidates: [{family: mlp, search: {dropout: {real: [0, 1]}}}]}|"
            + "training.candidates[0].search.dropout.real[1]: 1 (expected: a number from 0.0 to"
            + " below 1.0)",
        "training: {candidates: [{family: mlp, search: {bins: {real: [1, 9]}}}]}|"
            + "training.candidates[0].search.bins.real: [1,9] (expected: int or choice for bins: a"
            + " whole number from 0 to 128)",
        "training: {candidates: [{family: mlp, bins: 4, search: {bins: {int: [1, 9]}}}]}|"
            + "training.candidates[0].search.bins: {\"int\":[1,9]} (expected: one of the search and"
            + " a fixed bins, not both)",
        "training: {candidates: [{family: mlp, search: {hidden: {choice: [[64], [0]]}}}]}|"
            + "training.candidates[0].search.hidden.choice[1]: [0] (expected: 1 to 8 whole numbers"
            + " from 1 to 4096)",
        "training: {candidates: [{family: mlp, search: {bins: {int: [1, 9], real: [0,"
            + " 1]}}}]}|training.candidates[0].search.bins: {\"int\":[1,9],\"real\":[0,1]}"
            + " (expected: exactly one of int, real, log, choice)",
        "training: {search: {method: grid}, candidates: [{family: mlp, search: {dropout: {real:"
            + " [0, 0.5]}}}]}|training.candidates[0].search.dropout.steps: nothing (expected: how"
            + " many values the grid takes from real)",
        "training: {search: {method: grid, trials: 5}, candidates: [{family: mlp, search: {bins:"
            + " {int: [1, 9]}}}]}|training.search.trials: 5 (expected: at least 9, the points of"
            + " the grid; or fewer steps)",
        "training: {search: {method: none}, candidates: [{family: mlp, search: {bins: {int: [1,"
            + " 9]}}}]}|training.candidates[0].search: {\"bins\":{\"int\":[1,9]}} (expected:"
            + " training.search.method random, tpe, asha or grid as well)",
        "training: {search: {trials: 9}}|training.search.trials: 9 (expected:"
            + " training.search.method random, tpe or asha as well)",
        "training: {search: {method: random, trials: 1}}|training.search.trials: 1 (expected: at"
            + " least 2, one for each candidate)",
        "training: {search: {method: asha, min-epochs: 50}}|training.search.min-epochs: 50"
            + " (expected: less than training.max-epochs, 50)",
        "training: {search: {method: asha, trials: 0}}|training.search.trials: 0 (expected: a whole"
            + " number from 1 to 500)",
        "training: {search: {method: magic}}|training.search.method: \"magic\" (expected: one of"
            + " none, random, tpe, asha, grid)",
        "training: {budget: {time: 0s}}|training.budget.time: \"0s\" (expected: a duration above 0s"
            + " up to 3650d, such as 10m)",
        "deployment: {rollout: {steps: [10%, 50%]}}|deployment.rollout.steps: [0.1,0.5] (expected:"
            + " shares of traffic that ascend, the last 100%)",
      })
  void parse_ofAnImpossibleCombination_saysWhatWouldDo(String yaml, String expected) {
    assertThat(problems(LEAST + yaml + "\n")).containsExactly(expected);
  }
}
