package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.labels.LabelBatch;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** On this machine's own endpoint, whose server mirrors requests too. */
class LocalRolloutIT extends RolloutFixture {
  /** So many that hardly one is asked about twice in a stage. */
  private static final long PEOPLE = 20_000;

  @Override
  TargetSpec target() {
    return TargetSpec.local(0);
  }

  @Test
  void rollout_withAShadow_findsABadVersionBeforeAnybodySeesItsAnswers() throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, 5 * RATE);
      RolloutOutcome outcome =
          start(
              publish(2, 1.5, 120, 0), one, steps(60, new ShadowSpec(0.5, Duration.ofSeconds(60))));
      assertThat(outcome.promoted()).isFalse();
      assertThat(outcome.sentence()).contains("score-shift");
      assertThat(outcome.steps()).hasSize(1);
      assertThat(outcome.steps().getFirst().shadow()).isEqualTo(0.5);
      assertNoneFailed(load.answers());
      assertThat(load.answers()).noneMatch(answer -> answer.version() == 2);
    }
  }

  /** The rule alone: what came true is what the first version says, one in ten otherwise. */
  @Test
  void rollout_ofAVersionThatIsWrongMoreOften_goesBackOnItsLabels() throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    URI uri = URI.create(url() + "/invocations");
    try (ConstantLoad load = new ConstantLoad(uri, RATE, LocalRolloutIT::person)) {
      awaitAnswers(load, 5 * RATE);
      label();
      RolloutOutcome good = start(publish(2, 0.02, 120, 0), one, quality(15));
      System.out.println("as right: " + good.sentence());
      assertThat(good.promoted()).as(good.sentence()).isTrue();
      assertThat(good.sentence()).contains("labelled rows wrong, the old version");

      RolloutOutcome bad = start(publish(3, 1.5, 120, 0), publish(2, 0.02, 120, 0), quality(60));
      System.out.println("wrong more often: " + bad.sentence());
      assertThat(bad.promoted()).isFalse();
      assertThat(bad.sentence()).contains("quality: ").contains("(expected: no more often)");
      assertNoneFailed(load.answers());
    }
  }

  private static RolloutSpec quality(long seconds) {
    return new RolloutSpec(
        List.of(0.1, 0.5, 1.0), Duration.ofSeconds(seconds), 200, List.of("errors", "quality"));
  }

  /** Berliners of 18 to 87 with an income of 1,500, each with a name of their own. */
  private static String person(long number) {
    long person = number % PEOPLE;
    return "{\"instances\":[{\"__id\":\"p%d\",\"age\":%d,\"income\":1500,\"city\":\"berlin\"}]}"
        .formatted(person, age(person));
  }

  private static long age(long person) {
    return 18 + person % 70;
  }

  /** As IngestLabels leaves them. */
  private void label() throws IOException {
    List<LabelBatch.Row> rows = new ArrayList<>();
    for (long person = 0; person < PEOPLE; person++) {
      boolean positive = TestPackages.expected(age(person), 1500.0, "berlin", 0) >= 0.5;
      boolean label = person % 11 == 0 ? !positive : positive;
      rows.add(new LabelBatch.Row(person + 1, "p" + person, label ? "1" : "0"));
    }
    LabelBatch batch =
        LabelBatch.of("credit", new LabelBatch.Form("id", "y", false, List.of("0", "1")), rows);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Instant now = Instant.now();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (Map.Entry<String, String> row : batch.labels().entrySet()) {
        out.write(
            PayloadJson.mapper()
                .writeValueAsBytes(LabelBatch.line(row.getKey(), row.getValue(), now)));
        out.write('\n');
      }
    }
    assertThat(machine().store().create(batch.key(now), bytes.toByteArray())).isTrue();
  }
}
