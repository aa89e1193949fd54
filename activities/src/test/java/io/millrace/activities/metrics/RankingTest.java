package io.millrace.activities.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.spec.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RankingTest {
  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }

  @Test
  void ndcg_ofOneUser_isTheHandComputedValue() {
    // in the order of the scores the labels are 3, 2, 3, 0, 1, 2: the example of the paper's genre
    double[] labels = {0, 3, 2, 1, 3, 2};
    float[] scores = {0.3f, 0.9f, 0.8f, 0.2f, 0.7f, 0.1f};
    double gained = 3 + 2 / log2(3) + 3 / log2(4) + 0 + 1 / log2(6) + 2 / log2(7);
    double ideal = 3 + 3 / log2(3) + 2 / log2(4) + 2 / log2(5) + 1 / log2(6);

    assertThat(gained).isCloseTo(6.8611, within(1e-4));
    assertThat(Ranking.ndcg(labels, scores, new int[6]))
        .singleElement()
        .satisfies(u -> assertThat(u.value()).isCloseTo(gained / ideal, within(1e-12)));
  }

  @Test
  void ndcg_ofTies_isTheMeanOverTheirOrders() {
    // rows 1 and 2 tie: half of the time 4, 1 and half of the time 1, 4
    double[] labels = {2, 4, 1};
    float[] scores = {0.9f, 0.5f, 0.5f};
    double one = 2 + 4 / log2(3) + 1 / log2(4);
    double other = 2 + 1 / log2(3) + 4 / log2(4);
    double ideal = 4 + 2 / log2(3) + 1 / log2(4);

    assertThat(Ranking.ndcg(labels, scores, new int[3]).getFirst().value())
        .isCloseTo((one + other) / 2 / ideal, within(1e-12));
  }

  @Test
  void ndcg_leavesOutUsersWithoutAnOrder() {
    // user 0 has one row, user 1 nothing but zeros, user 2 is right, user 3 wrong
    double[] labels = {5, 0, 0, 1, 0, 1, 0};
    float[] scores = {1, 1, 2, 2, 1, 1, 2};
    int[] groups = {0, 1, 1, 2, 2, 3, 3};

    List<Ranking.PerUser> users = Ranking.ndcg(labels, scores, groups);
    assertThat(users).extracting(Ranking.PerUser::row).containsExactly(3, 5);
    assertThat(users.get(0).value()).isEqualTo(1);
    assertThat(users.get(1).value()).isCloseTo(1 / log2(3), within(1e-12));
    assertThat(
            Metrics.NDCG_AT_10.value(
                Task.RECOMMEND, labels, scores, 0.5, new Beside(null, groups, 1)))
        .isCloseTo((1 + 1 / log2(3)) / 2, within(1e-12));
  }

  @Test
  void recall_countsTheFirstTenOnly_andTiesByTheirShare() {
    double[] labels = new double[12];
    float[] scores = new float[12];
    for (int i = 0; i < 12; i++) {
      labels[i] = i % 3 == 0 ? 5 : 1;
      scores[i] = -i;
    }
    // relevant are 0, 3, 6, 9: all among the first ten
    assertThat(Ranking.recall(labels, scores, new int[12], 4).getFirst().value()).isEqualTo(1);
    for (int i = 0; i < 12; i++) {
      scores[i] = i;
    }
    // now 0 stands last but one behind ten others
    assertThat(Ranking.recall(labels, scores, new int[12], 4).getFirst().value()).isEqualTo(0.75);
    assertThat(Ranking.recall(labels, new float[12], new int[12], 4).getFirst().value())
        .as("all tied: ten of twelve places")
        .isCloseTo(10.0 / 12, within(1e-12));
    assertThat(Ranking.recall(labels, scores, new int[12], 6)).isEmpty();
  }

  @Test
  void skill_isMeasuredWhereThePastIsKnown() {
    double[] labels = {10, 20, 30};
    float[] scores = {12, 21, 99};
    Beside beside = new Beside(new double[] {16, 14, Double.NaN}, null, 0);

    assertThat(Metrics.SKILL.value(Task.FORECAST, labels, scores, 0.5, beside)).isEqualTo(0.75);
    assertThat(Metrics.SKILL.value(Task.FORECAST, labels, scores, 0.5)).isNaN();
    assertThat(
            Metrics.SKILL.value(
                Task.FORECAST, labels, scores, 0.5, new Beside(labels.clone(), null, 0)))
        .as("nothing to be better than")
        .isNaN();
  }

  @Test
  void only_takesWhatIsBesideAlong() {
    Beside some = new Beside(new double[] {1, 2, 3}, new int[] {4, 5, 6}, 3).only(new int[] {2, 2});

    assertThat(some.naive()).containsExactly(3, 3);
    assertThat(some.groups()).containsExactly(6, 6);
    assertThat(some.relevant()).isEqualTo(3);
  }
}
