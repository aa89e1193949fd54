package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.train.Hyperparameters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MlpFamilyTest {
  @Test
  void plan_hasItsLayersInOrder() {
    Hyperparameters values =
        new Hyperparameters(
            Map.of(
                "hidden",
                List.of(8, 4),
                "dropout",
                0.5,
                "learning-rate",
                0.01,
                "weight-decay",
                0.0,
                "bins",
                0));
    assertThat(new MlpFamily().plan(values).layers())
        .containsExactly(
            new Layer.Dense(8),
            new Layer.Relu(),
            new Layer.Dropout(0.5),
            new Layer.Dense(4),
            new Layer.Relu(),
            new Layer.Dropout(0.5));
  }
}
