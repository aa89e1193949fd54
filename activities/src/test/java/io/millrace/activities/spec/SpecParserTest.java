package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.activities.train.Families;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpecParserTest {
  static final Path ROOT = Path.of(System.getenv("MILLRACE_ROOT"));

  static final String LEAST =
      """
      model: churn
      data:
        source: {csv: data/churn.csv}
        target: left
      """;

  static Spec parse(String yaml) {
    return SpecParser.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  static List<String> problems(String yaml) {
    SpecProblems thrown = catchThrowableOfType(SpecProblems.class, () -> parse(yaml));
    assertThat(thrown).as(yaml).isNotNull();
    return thrown.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void parse_ofTheLeastSpec_fillsEveryDefault() {
    Spec spec = parse(LEAST);

    assertThat(spec.task()).isEqualTo(Task.BINARY);
    assertThat(spec.data().split())
        .isEqualTo(new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7));
    assertThat(spec.training().candidates()).extracting(CandidateSpec::family).contains("mlp");
    assertThat(spec.training().objective().metric()).isEqualTo("roc-auc");
    assertThat(spec.training().objective().maximise()).isTrue();
    assertThat(spec.gates())
        .containsExactly(
            new GateSpec.NonInferiority(
                "non-inferior", "roc-auc", 0.01, 0.95, GateSpec.Severity.BLOCK));
    assertThat(spec.deployment().rollout().steps()).containsExactly(0.1, 0.5, 1.0);
    assertThat(spec.watch().schedule().jitter()).isEqualTo(Duration.ofMinutes(5));
    assertThat(spec.watch().window().last()).isEqualTo(Duration.ofHours(24));
    assertThat(spec.watch().receivers().getFirst().log()).isTrue();
    assertThat(spec.retraining().on()).containsExactly("drift");
    assertThat(spec.retraining().data().referencePlusLast()).isEqualTo(Duration.ofDays(180));
    assertThat(spec.retraining().perMonth()).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "same-weekday|same-weekday",
        "{last: 14d}|last 14d",
        "last 14d|last 14d",
        "{from: 2026-03-01T00:00:00Z, to:"
            + " 2026-03-08T00:00:00Z}|2026-03-01T00:00:00Z/2026-03-08T00:00:00Z"
      })
  void parse_ofAReferenceWindow_hasOneForm(String written, String form) {
    String text =
        "model: m\ndata: {source: {csv: a.csv}, target: y}\nwatch: {reference: " + written + "}\n";
    Spec spec = SpecParser.parse(text.getBytes(StandardCharsets.UTF_8));
    assertThat(spec.watch().reference()).isEqualTo(form);
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @ParameterizedTest
  @ValueSource(strings = {"credit", "car-loan", "bikeshare", "mnist"})
  void parse_ofAShippedExample_isFineAndRoundTrips(String example) throws IOException {
    byte[] yaml = Files.readAllBytes(ROOT.resolve("infra/examples/" + example + "/pipeline.yaml"));

    Spec spec = SpecParser.parse(yaml);

    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
    String json = PayloadJson.mapper().writeValueAsString(spec);
    assertThat(PayloadJson.mapper().readValue(json, Spec.class)).isEqualTo(spec);
    Map<String, Object> fields =
        PayloadJson.mapper().convertValue(spec, PayloadJson.mapper().constructType(Map.class));
    assertThat(SpecParser.parse(fields)).isEqualTo(spec);
  }

  @Test
  void parse_ofPercentsDurationsAndLabels_givesNumbersAndText() {
    Spec spec =
        parse(
            LEAST
                + """
                  positive: 1
                  expectations:
                    - {column: age, range: [18, null], on-break: drop, max-dropped: 0.5%}
                    - {column: sex, set: [1, 2]}
                gates:
                  - {latency: p99, ceiling: 20ms, on: target}
                  - {approval: {role: officer}}
                retraining: {on: [], per-month: {runs: 3}, data: {}}
                """);

    assertThat(spec.data().positive()).isEqualTo("1");
    assertThat(spec.data().expectations().get(0).maxDropped()).isEqualTo(0.005);
    assertThat(spec.data().expectations().get(0).range()).containsExactly(18.0, null);
    assertThat(spec.data().expectations().get(1).set()).containsExactly("1", "2");
    assertThat(spec.gates().get(0))
        .isEqualTo(
            new GateSpec.Latency("p99", Duration.ofMillis(20), "target", GateSpec.Severity.BLOCK));
    assertThat(((GateSpec.Approval) spec.gates().get(1)).approval().quorum()).isEqualTo(1);
    assertThat(spec.retraining().perMonth()).isEqualTo(3);
    assertThat(spec.retraining().data().referencePlusLast()).isNull();
  }

  @Test
  void parse_ofTheObjectiveUnderSearch_takesIt() {
    Spec spec =
        parse(
            LEAST
                + """
                training:
                  search: {method: none, parallel: 3, objective: {metric: log-loss}}
                """);

    assertThat(spec.training().objective().goal()).isEqualTo("min");
    assertThat(spec.training().parallel()).isEqualTo(3);
  }

  @Test
  void parse_ofASearch_readsDomainsAndFillsTheMethodsDefaults() {
    Spec spec =
        parse(
            LEAST
                + """
                training:
                  max-epochs: 45
                  candidates:
                    - {family: linear}
                    - family: mlp
                      bins: 4
                      search:
                        hidden: {choice: [[64], [64, 32]]}
                        learning-rate: {log: [0.01, 0.3]}
                        dropout: {real: [0, 0.5]}
                  search: {method: asha, parallel: 3}
                """);

    assertThat(spec.training().search())
        .isEqualTo(new SearchSpec(SearchSpec.Method.ASHA, 30, 3, 5));
    assertThat(spec.training().parallel()).isEqualTo(3);
    CandidateSpec mlp = spec.training().candidates().get(1);
    assertThat(mlp.parameters()).isEqualTo(Map.of("bins", 4));
    assertThat(mlp.search())
        .isEqualTo(
            Map.of(
                "hidden",
                new DomainSpec(null, null, null, List.of(List.of(64), List.of(64, 32)), null),
                "learning-rate",
                new DomainSpec(null, null, List.of(0.01, 0.3), null, null),
                "dropout",
                new DomainSpec(null, List.of(0.0, 0.5), null, null, null)));
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofASearchWithoutAMethod_takesTpe_andWithoutASearchNone() {
    assertThat(
            parse(
                    LEAST
                        + "training: {candidates: [{family: mlp, search: {bins: {int: [1,"
                        + " 9]}}}]}\n")
                .training()
                .search()
                .method())
        .isEqualTo(SearchSpec.Method.TPE);
    assertThat(parse(LEAST).training().search().method()).isEqualTo(SearchSpec.Method.NONE);
    assertThat(parse(LEAST).training().search().trials()).isNull();
  }

  @Test
  void parse_ofManyMistakesInASearch_namesThemAll() {
    assertThat(
            problems(
                LEAST
                    + """
                    training:
                      candidates:
                        - {family: linear, search: {bins: {int: [9, 1]}, learning-rate: {log: [0, 1]}}}
                        - {family: mlp, search: {dropout: {real: [0, 2]}, depth: {int: [3, 8]}}}
                        - {family: forest, search: {depth: {int: [3, 8]}}}
                      search: {method: tpe, trials: 0}
                    """))
        .containsExactlyInAnyOrder(
            "training.candidates[0].search.bins.int: [9,1] (expected: two whole numbers, the lower"
                + " first)",
            "training.candidates[0].search.learning-rate.log: [0,1] (expected: two numbers above 0,"
                + " the lower first: a logarithmic scale has no 0)",
            "training.candidates[1].search.dropout.real[1]: 2 (expected: a number from 0.0 to below"
                + " 1.0)",
            "training.candidates[1].search.depth: {\"int\":[3,8]} (expected: one of "
                + String.join(
                    ", ",
                    Families.hyperparameters("mlp").stream().map(Hyperparameter::name).toList())
                + ")",
            "training.candidates[2].family: \"forest\" (expected: "
                + SpecSchema.expected(SpecSchema.TREE.at("/$defs/candidate/properties/family"))
                + ")",
            "training.search.trials: 0 (expected: a whole number from 1 to 500)");
  }

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

  @ParameterizedTest
  @ValueSource(strings = {"../../etc/passwd", "a..b", "A", "a/b", "", "-a"})
  void parse_ofANameThatIsNoKey_refusesIt(String name) {
    assertThat(problems("model: '" + name + "'\n" + LEAST.substring(LEAST.indexOf('\n') + 1)))
        .singleElement()
        .asString()
        .startsWith("model: \"" + name + "\" (expected: lower-case letters");
  }

  @Test
  void parse_ofTenMegabytes_refusesItUnread() {
    assertThat(problems(LEAST + "# " + "x".repeat(10 << 20)))
        .containsExactly(
            "spec: "
                + ((10 << 20) + LEAST.length() + 2)
                + " bytes (expected: at most"
                + " 1048576)");
  }

  @Test
  void parse_ofWhatIsNoYaml_saysWhere() {
    assertThat(problems("model: churn\ndata: [1,\n  source: }"))
        .singleElement()
        .asString()
        .startsWith("spec: line 3, column 11 (expected: YAML, but ");
  }

  @Test
  void parse_ofABombOfAliases_refusesIt() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 18; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThat(problems(bomb.toString())).singleElement().asString().startsWith("spec: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "42", "[1, 2]", "hello", "--- a\n--- b", "a: &x [*x]"})
  void parse_ofNoMapping_isRefused(String yaml) {
    assertThat(problems(yaml)).isNotEmpty();
  }

  @Test
  void parse_ofAKeyTwice_isRefused() {
    assertThat(problems(LEAST + "model: other\n"))
        .containsExactly("model: \"other\" (expected: each key once)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!!java.net.URL [x]", "!own {team: a}", "{team: !own a}"})
  void parse_ofATag_isRefused(String value) {
    assertThat(problems(LEAST + "owner: " + value + "\n")).isNotEmpty();
  }
}
