package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import org.junit.jupiter.api.Test;

class LossMeterTest {
  @Test
  void sum_isTheSame_wheneverTheLossesAreRead() {
    try (NDManager manager = NDManager.newBaseManager()) {
      LossMeter each = new LossMeter(1, 0, 0.25);
      LossMeter late = new LossMeter(1, 0, 0.25);
      // more than it holds unread
      for (int batch = 1; batch <= 150; batch++) {
        each.add(manager.create(1f / batch), batch % 7 + 1);
        each.read();
        late.add(manager.create(1f / batch), batch % 7 + 1);
      }
      late.read();
      assertThat(late.sum()).isEqualTo(each.sum()).isGreaterThan(0.25);
      assertThat(late.newest()).isEqualTo(1f / 150);
    }
  }

  @Test
  void read_ofALossThatIsNoNumber_saysItsStep() {
    try (NDManager manager = NDManager.newBaseManager()) {
      LossMeter losses = new LossMeter(3, 100, 0);
      assertThatThrownBy(
              () -> {
                for (int batch = 1; batch <= 10; batch++) {
                  losses.add(manager.create(batch == 7 ? Float.NaN : 1f), 4);
                }
                losses.read();
              })
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.TRAINING_DIVERGED))
          .hasMessageContaining("loss: not a finite number in epoch 3, step 107 (expected: finite");
    }
  }
}
