package io.millrace.activities.train.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.train.Hyperparameters;
import io.millrace.inference.model.Encoding;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MlpFamilyTest {
  private static final Hyperparameters VALUES =
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
              0,
              "one-hot",
              2,
              "embedding",
              0,
              "levels",
              100));
  private static final Encoding NUMBER = new Encoding.Standard(0, 1, 0, true);
  private static final Encoding FEW = new Encoding.OneHot(List.of("a", "b"));
  private static final Encoding MANY =
      new Encoding.Index(IntStream.range(0, 100).mapToObj(Integer::toString).toList());

  @Test
  void layers_ofColumnsThatNeedNoTable_areDenseOnes() {
    assertThat(MlpFamily.layers(VALUES, List.of(NUMBER, FEW), 3))
        .containsExactly(
            new Layer.Dense(8),
            new Layer.Relu(),
            new Layer.Dropout(0.5),
            new Layer.Dense(4),
            new Layer.Relu(),
            new Layer.Dropout(0.5),
            new Layer.Dense(3, true));
  }

  @Test
  void layers_ofAColumnOfManyLevels_beginWithItsTable() {
    assertThat(MlpFamily.layers(VALUES, List.of(NUMBER, FEW, MANY, NUMBER), 1).getFirst())
        .isEqualTo(
            new Embeddings(
                List.of(
                    // 2 of a number with its indicator, 4 of two levels
                    new Embeddings.Passed(0, 6),
                    // 1.6 * 100^0.56 = 21.1
                    new Embeddings.Looked(6, 102, 21),
                    new Embeddings.Passed(7, 2)),
                0.02));
  }
}
