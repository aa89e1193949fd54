package io.millrace.activities.spec;

import static io.millrace.activities.spec.SpecTexts.LEAST;
import static io.millrace.activities.spec.SpecTexts.ROOT;
import static io.millrace.activities.spec.SpecTexts.parse;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpecParserTest {
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
}
