package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way in without a Temporal server. */
final class EmbeddedIT {
  @TempDir Path home;

  @Test
  void embeddedQuickstart_deploysAModelThatAnswersAfterwards() {
    try (LocalMachine machine = new LocalMachine(home)) {
      LocalMachine.Answer run =
          machine.cli(Duration.ofMinutes(4), "quickstart", "--embedded", "--json");

      assertThat(run.exit()).as(run.err()).isZero();
      assertThat(run.json().path("outcome").asText()).isEqualTo("DEPLOYED");
      assertThat(run.err()).contains("this Temporal server has no schedules");
      LocalMachine.Answer answer =
          machine.cli(
              Duration.ofMinutes(1),
              "predict",
              "credit-default",
              "--input",
              LocalMachine.root().resolve("infra/examples/credit/rows.json").toString());
      assertThat(answer.exit()).as(answer.err()).isZero();
      assertThat(answer.out()).contains("score");
      assertThat(machine.cli(Duration.ofMinutes(1), "down").out()).contains("down: state is kept");
    }
  }
}
