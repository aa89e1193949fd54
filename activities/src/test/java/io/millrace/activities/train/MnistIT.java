package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One of the folds that {@code infra/bench/mnist/run} averages. */
class MnistIT {
  @TempDir Path work;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void fit_ofHandwrittenDigits_namesThoseItHasNotSeen() throws Exception {
    assertThat(MnistFolds.fold(0, work).held()).isGreaterThanOrEqualTo(0.965);
  }
}
