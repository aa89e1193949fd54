package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FamiliesTest {
  @Test
  void problems_ofDefaults_areNone() {
    assertThat(Families.names())
        .containsExactly("boosted-trees", "cnn", "container", "linear", "mlp", "recommender");
    for (String family : Families.names()) {
      // an image cannot be guessed
      Map<String, Object> least =
          family.equals("container") ? Map.of("image", "some/image:1") : Map.of();
      assertThat(Families.problems(new CandidateSpec(family, least))).isEmpty();
    }
  }

  @Test
  void problems_areAllReportedWithFieldValueAndExpectation() {
    assertThat(
            Families.problems(
                new CandidateSpec(
                    "mlp",
                    Map.of(
                        "hidden",
                        List.of(64, 0),
                        "dropout",
                        1,
                        "learning-rate",
                        "fast",
                        "depth",
                        3))))
        .containsExactly(
            "hidden: [64, 0] (expected: 1 to 8 whole numbers from 1 to 4096)",
            "dropout: 1 (expected: a number from 0.0 to below 1.0)",
            "learning-rate: fast (expected: a number from 1.0E-7 to 1.0)",
            "depth: 3 (expected: one of [hidden, dropout, learning-rate, weight-decay, bins,"
                + " one-hot, embedding, levels, class-weight])");
    assertThat(Families.problems(new CandidateSpec("forest", Map.of())))
        .containsExactly("family: forest (expected: one of " + Families.names() + ")");
  }

  @Test
  void choose_ofBalancedClassesWhereThereAreNone_isConfigInvalid() {
    for (String family : List.of("linear", "mlp")) {
      CandidateSpec balanced = new CandidateSpec(family, Map.of("class-weight", "balanced"));
      assertThatThrownBy(() -> Families.choose(balanced, Task.REGRESSION, TrialRequests.data()))
          .hasMessageContaining("class-weight: balanced (expected: none for regression)");
    }
  }

  @Test
  void choose_ofAnEvenKernel_isConfigInvalid() {
    assertThatThrownBy(
            () ->
                Families.choose(
                    new CandidateSpec("cnn", Map.of("kernel", 4)),
                    Task.IMAGE,
                    TrialRequests.data()))
        .hasMessageContaining("kernel: 4 (expected: an odd number, which has a middle)");
  }

  @Test
  void choose_ofABadCandidate_isConfigInvalid() {
    assertThatThrownBy(
            () ->
                Families.choose(
                    new CandidateSpec("linear", Map.of("bins", 1.5)),
                    Task.BINARY,
                    TrialRequests.data()))
        .hasMessageContaining("bins: 1.5 (expected: a whole number from 0 to 128)");
  }
}
