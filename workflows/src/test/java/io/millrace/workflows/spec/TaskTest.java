package io.millrace.workflows.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.wire.PayloadJson;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskTest {
  @Test
  void scored_isOneOfThreeAndItsOwn() {
    assertThat(Task.values())
        .extracting(Task::scored)
        .containsOnly(Task.BINARY, Task.MULTICLASS, Task.REGRESSION)
        .allMatch(scored -> scored.scored() == scored);
    assertThat(Task.IMAGE.scored()).isEqualTo(Task.MULTICLASS);
    assertThat(Task.FORECAST.scored()).isEqualTo(Task.REGRESSION);
    assertThat(Task.RECOMMEND.scored()).isEqualTo(Task.REGRESSION);
  }

  @Test
  void word_isWhatIsWritten() throws Exception {
    for (Task task : Task.values()) {
      assertThat(PayloadJson.mapper().writeValueAsString(task)).isEqualTo('"' + task.word() + '"');
    }
  }

  @Test
  void naive_isTheNewestSeasonThatIsKnown() {
    assertThat(naive(1, 24)).isEqualTo(24);
    assertThat(naive(24, 24)).isEqualTo(24);
    assertThat(naive(25, 24)).isEqualTo(48);
    assertThat(naive(3, 1)).isEqualTo(3);
  }

  private static int naive(int horizon, int period) {
    return new ForecastSpec(horizon, List.of(), period, null, null, true).naive();
  }
}
