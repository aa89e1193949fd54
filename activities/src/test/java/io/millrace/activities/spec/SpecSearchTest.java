package io.millrace.activities.spec;

import static io.millrace.activities.spec.SpecTexts.LEAST;
import static io.millrace.activities.spec.SpecTexts.parse;
import static io.millrace.activities.spec.SpecTexts.problems;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.train.Families;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.SearchSpec;
import io.millrace.workflows.spec.Spec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Hyperparameter search as people write it. */
final class SpecSearchTest {
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
}
