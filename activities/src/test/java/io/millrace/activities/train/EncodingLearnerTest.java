package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Table;
import io.millrace.inference.model.Encoder;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import io.millrace.workflows.spec.ColumnType;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncodingLearnerTest {
  @Test
  void learn_ofManyValues_cutsAtQuantiles() {
    double[] values = IntStream.rangeClosed(0, 100).mapToDouble(i -> i * i).toArray();
    EncodingLearner.Learned learned = learn(4, values);
    assertThat(learned.encoding())
        .isEqualTo(
            new Encoding.PiecewiseLinear(
                List.of(0.0, 625.0, 2500.0, 5625.0, 10000.0), 2500, false));
    assertThat(learned.feature())
        .isEqualTo(new Feature("x", Feature.Kind.NUMBER, false, 0.0, 10000.0, -1.0, null));
    assertThat(encode(learned, -5, 312.5, 2500, 1e300))
        .containsExactly(0, 0, 0, 0, 0.5f, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1);
  }

  @Test
  void learn_ofFewValues_cutsAtEach_andMissingHasAnInput() {
    EncodingLearner.Learned learned = learn(16, 3, 1, Double.NaN, 1, -0.0, 0.0);
    assertThat(learned.encoding())
        .isEqualTo(new Encoding.PiecewiseLinear(List.of(0.0, 1.0, 3.0), 1, true));
    assertThat(learned.feature().nullable()).isTrue();
    assertThat(encode(learned, 2, Double.NaN)).containsExactly(1, 0.5f, 0, 1, 0, 1);
  }

  @Test
  void learn_ofAConstantOrNothing_orWithoutBins_standardises() {
    assertThat(learn(16, 5, 5).encoding()).isEqualTo(new Encoding.Standard(5, 1, 5, false));
    assertThat(learn(16, Double.NaN).encoding()).isEqualTo(new Encoding.Standard(0, 1, 0, true));
    assertThat(learn(0, 1, 3).encoding()).isEqualTo(new Encoding.Standard(2, 1, 1, false));
  }

  @Test
  void learn_ofCategories_keepsTheMostFrequentLevelsSorted() {
    @Nullable String[] values = new String[1000];
    for (int i = 0; i < values.length; i++) {
      // 0..299, the first hundred most often
      values[i] = i < 700 ? "c%03d".formatted(i % 100) : "c%03d".formatted(i - 700);
    }
    values[0] = null;
    EncodingLearner.Learned learned =
        new EncodingLearner(EncodingPlan.oneHot(16))
            .learn(
                new ColumnInfo("x", ColumnType.CATEGORY, Role.FEATURE, null, null),
                new Table(values.length, List.of(new Table.Categories("x", values))));
    Encoding.OneHot oneHot = (Encoding.OneHot) learned.encoding();
    assertThat(oneHot.levels()).hasSize(200).isSorted().startsWith("c000").endsWith("c199");
    assertThat(learned.feature().nullable()).isTrue();
  }

  @Test
  void learn_ofMoreLevelsThanAreOneHot_isTheirIndex() {
    EncodingPlan plan = EncodingPlan.indexed(16, 2, 3, Set.of("few"));
    EncodingLearner.Learned many = category(plan, "many", "d", "a", "b", "a", "c", "d", "b", null);
    // a, b and d come twice; c is one of the others
    assertThat(many.encoding()).isEqualTo(new Encoding.Index(List.of("a", "b", "d")));
    float[] out = new float[6];
    encoder(many)
        .encode(0, new @Nullable String[] {"d", "a", "c", "new", null, "b"}, out.length, out);
    assertThat(out).containsExactly(2, 0, 3, 3, 4, 1);
    assertThat(category(plan, "some", "a", "b").encoding())
        .isEqualTo(new Encoding.OneHot(List.of("a", "b")));
    assertThat(category(plan, "few", "a", "b").encoding())
        .isEqualTo(new Encoding.Index(List.of("a", "b")));
  }

  @Test
  void learn_ofARawPlan_leavesNumbersAlone_andRanksLevelsByFrequency() {
    EncodingPlan plan = EncodingPlan.raw(2);
    assertThat(category(plan, "many", "a", "b", "c", "c", "b", "c").encoding())
        .isEqualTo(new Encoding.Index(List.of("c", "b", "a")));
    assertThat(category(plan, "few", "b", "a", "b").encoding())
        .isEqualTo(new Encoding.OneHot(List.of("a", "b")));
    assertThat(
            new EncodingLearner(plan)
                .learn(
                    new ColumnInfo("x", ColumnType.NUMBER, Role.FEATURE, null, null),
                    new Table(2, List.of(new Table.Numbers("x", new double[] {1, Double.NaN}))))
                .encoding())
        .isEqualTo(new Encoding.Raw());
  }

  @Test
  void together_ofPixels_isOneMeanAndOneScale() {
    Table training =
        new Table(
            2,
            List.of(
                new Table.Numbers("p0", new double[] {0, 0}),
                new Table.Numbers("p1", new double[] {4, Double.NaN}),
                new Table.Numbers("p2", new double[] {4, 2})));
    EncodingLearner learner = new EncodingLearner(EncodingPlan.alike());
    List<EncodingLearner.Learned> apart =
        List.of("p0", "p1", "p2").stream()
            .map(name -> new ColumnInfo(name, ColumnType.NUMBER, Role.FEATURE, null, null))
            .map(column -> learner.learn(column, training))
            .toList();
    // of 0, 0, 4, 4, 2
    assertThat(EncodingLearner.together(apart, training))
        .extracting(EncodingLearner.Learned::encoding)
        .containsOnly(new Encoding.Standard(2, Math.sqrt(3.2), 2, false));
  }

  private static EncodingLearner.Learned category(
      EncodingPlan plan, String name, @Nullable String... values) {
    return new EncodingLearner(plan)
        .learn(
            new ColumnInfo(name, ColumnType.CATEGORY, Role.FEATURE, null, null),
            new Table(values.length, List.of(new Table.Categories(name, values))));
  }

  private static EncodingLearner.Learned learn(int bins, double... values) {
    return new EncodingLearner(EncodingPlan.oneHot(bins))
        .learn(
            new ColumnInfo("x", ColumnType.NUMBER, Role.FEATURE, -1.0, null),
            new Table(values.length, List.of(new Table.Numbers("x", values))));
  }

  private static float[] encode(EncodingLearner.Learned learned, double... values) {
    float[] out = new float[values.length * learned.encoding().width()];
    encoder(learned).encode(0, values, values.length, out);
    return out;
  }

  private static Encoder encoder(EncodingLearner.Learned learned) {
    return new Encoder(
        new ModelManifest(
            1,
            "m",
            "binary",
            "linear",
            List.of(learned.feature()),
            List.of(learned.encoding()),
            learned.encoding().width(),
            new ModelManifest.Graph("model.onnx", "0", "input", "output"),
            new ModelManifest.Output("y", List.of("0", "1"), 0.5)));
  }
}
