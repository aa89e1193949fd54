package io.millrace.inference.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.model.Feature.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProfileTest {
  private static final List<Profile.Column> BOTH =
      List.of(new Profile.Column("x", Kind.NUMBER), new Profile.Column("c", Kind.CATEGORY));

  private static Profile numbers(double... values) {
    ProfileBuilder builder = new ProfileBuilder(BOTH.subList(0, 1));
    for (double value : values) {
      builder.add(0, value);
      builder.endRow();
    }
    return builder.build();
  }

  private static NumberProfile x(Profile profile) {
    return (NumberProfile) profile.column("x").orElseThrow();
  }

  private static CategoryProfile c(Profile profile) {
    return (CategoryProfile) profile.column("c").orElseThrow();
  }

  private static double[] gaussian(long seed, int count) {
    return new Random(seed).doubles(count).map(u -> Math.log(u / (1 - u))).toArray();
  }

  private static double worstRank(NumberProfile profile, double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double worst = 0;
    for (int i = 0; i < sorted.length; i += 97) {
      worst = Math.max(worst, Math.abs(profile.cdf(sorted[i]) - (i + 1.0) / sorted.length));
    }
    return worst;
  }

  @Test
  void blocks_giveTheSketchThatValuesOneByOneGive() {
    double[] values = gaussian(11, 100_000);
    for (int i = 0; i < values.length; i += 10) {
      values[i] = i % 20 == 0 ? Double.NaN : Math.rint(values[i]) * -0.0;
    }
    ProfileBuilder one = new ProfileBuilder(BOTH);
    ProfileBuilder blocks = new ProfileBuilder(BOTH);
    for (int from = 0; from < values.length; from += 2_048) {
      int rows = Math.min(2_048, values.length - from);
      blocks.addAll(0, Arrays.copyOfRange(values, from, from + rows), rows);
      blocks.addAll(1, from % 4_096 == 0 ? "even" : null, rows);
      blocks.endRows(rows);
      for (int i = from; i < from + rows; i++) {
        one.add(0, values[i]);
        one.add(1, from % 4_096 == 0 ? "even" : null);
        one.endRow();
      }
    }
    NumberProfile a = x(one.build());
    NumberProfile b = x(blocks.build());
    assertThat(b.values()).isEqualTo(a.values());
    assertThat(b.shares()).isEqualTo(a.shares());
    assertThat(b.missing()).isEqualTo(a.missing()).isEqualTo(5_000);
    assertThat(b.mean()).isCloseTo(a.mean(), within(1e-12));
    assertThat(b.variance()).isCloseTo(a.variance(), within(1e-11));
    assertThat(c(blocks.build()).counts()).isEqualTo(c(one.build()).counts());
    assertThat(blocks.rows()).isEqualTo(100_000);
    for (int i = 0; i < a.values().length; i += 50) {
      assertThat(a.shares()[i]).isEqualTo(a.cdf(a.values()[i]));
    }
  }

  @Test
  void profilesBesideEachOther_areOneInTheNamedOrder() {
    ProfileBuilder c = new ProfileBuilder(BOTH.subList(1, 2));
    c.addAll(0, "a", 3);
    c.endRows(3);
    Profile both = Profile.beside(List.of(c.build(), numbers(1, 2, 3)), List.of("x", "c"));
    assertThat(both.columns()).extracting(ColumnProfile::name).containsExactly("x", "c");
    assertThat(both.rows()).isEqualTo(3);
    assertThatThrownBy(() -> Profile.beside(List.of(c.build(), numbers(1)), List.of()))
        .hasMessage("profile: 1 rows (expected: 3, as the first has)");
  }

  @Test
  void smallColumns_areExact() {
    NumberProfile profile = x(numbers(4, 1, 3, 2, Double.NaN, 2));
    assertThat(profile.count()).isEqualTo(5);
    assertThat(profile.missing()).isEqualTo(1);
    assertThat(profile.missingRate()).isEqualTo(1.0 / 6);
    assertThat(profile.rankError()).isZero();
    assertThat(profile.mean()).isCloseTo(2.4, within(1e-12));
    assertThat(profile.variance()).isCloseTo(1.04, within(1e-12));
    assertThat(profile.min()).isEqualTo(1);
    assertThat(profile.max()).isEqualTo(4);
    assertThat(profile.values()).containsExactly(1, 2, 3, 4);
    assertThat(profile.cdf(0.9)).isZero();
    assertThat(profile.cdf(1)).isEqualTo(0.2);
    assertThat(profile.cdf(2)).isEqualTo(0.6);
    assertThat(profile.cdf(2.5)).isEqualTo(0.6);
    assertThat(profile.cdf(4)).isEqualTo(1);
    assertThat(profile.quantile(0)).isEqualTo(1);
    assertThat(profile.quantile(0.2)).isEqualTo(1);
    assertThat(profile.quantile(0.5)).isEqualTo(2);
    assertThat(profile.quantile(0.8)).isEqualTo(3);
    assertThat(profile.quantile(1)).isEqualTo(4);
  }

  @Test
  void quantilesOfAMillionRows_areWithinTheRankError() {
    double[] values = gaussian(1, 1_000_000);
    NumberProfile profile = x(numbers(values));
    assertThat(profile.rankError()).isBetween(0.001, 0.003);
    assertThat(worstRank(profile, values)).isLessThan(profile.rankError());
    // golden: the logistic distribution's own quantiles and moments
    for (double rank : new double[] {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
      double back = 1 / (1 + Math.exp(-profile.quantile(rank)));
      assertThat(back).isCloseTo(rank, within(profile.rankError() + 0.002));
    }
    assertThat(profile.variance()).isCloseTo(Math.PI * Math.PI / 3, within(0.02));
  }

  @Test
  void sortedAndRepeatedRows_areWithinTheRankErrorToo() {
    double[] ascending = IntStream.range(0, 300_000).mapToDouble(i -> i).toArray();
    assertThat(worstRank(x(numbers(ascending)), ascending)).isLessThan(0.0024);
    double[] few = IntStream.range(0, 300_000).mapToDouble(i -> i % 7).toArray();
    NumberProfile profile = x(numbers(few));
    assertThat(profile.values()).containsExactly(0, 1, 2, 3, 4, 5, 6);
    for (int i = 0; i < 7; i++) {
      assertThat(profile.cdf(i)).isCloseTo((i + 1) / 7.0, within(0.0024));
    }
  }

  @Test
  void merge_ofParts_isTheProfileOfTheWholeWithinTheRankError_inAnyGrouping() {
    double[] values = gaussian(2, 400_000);
    List<Profile> parts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      parts.add(numbers(Arrays.copyOfRange(values, i * 2_000, (i + 1) * 2_000)));
    }
    Profile left = parts.stream().reduce(Profile.empty(List.of()), Profile::merge);
    List<Profile> pairs = parts;
    while (pairs.size() > 1) {
      List<Profile> next = new ArrayList<>();
      for (int i = 0; i < pairs.size(); i += 2) {
        next.add(i + 1 < pairs.size() ? pairs.get(i).merge(pairs.get(i + 1)) : pairs.get(i));
      }
      pairs = next;
    }
    for (NumberProfile profile : List.of(x(left), x(pairs.getFirst()))) {
      assertThat(profile.count()).isEqualTo(400_000);
      assertThat(worstRank(profile, values)).isLessThan(profile.rankError());
      double mean = Arrays.stream(values).average().orElseThrow();
      assertThat(profile.mean()).isCloseTo(mean, within(1e-9));
    }
    assertThat(x(left).variance()).isCloseTo(x(pairs.getFirst()).variance(), within(1e-9));
    assertThat(x(left).min()).isEqualTo(x(pairs.getFirst()).min());
  }

  @Test
  void equalRowsInEqualOrder_giveEqualBytes() {
    double[] values = gaussian(3, 100_000);
    assertThat(numbers(values).toJson()).isEqualTo(numbers(values).toJson());
    Profile merged = numbers(values).merge(numbers(gaussian(4, 100_000)));
    Profile again = numbers(values).merge(numbers(gaussian(4, 100_000)));
    assertThat(merged.toJson()).isEqualTo(again.toJson());
  }

  @Test
  void json_roundTrip_keepsEveryByte() {
    ProfileBuilder builder = new ProfileBuilder(BOTH);
    Random random = new Random(5);
    for (int i = 0; i < 50_000; i++) {
      builder.add(0, random.nextInt(10) == 0 ? Double.NaN : random.nextGaussian());
      builder.add(1, random.nextInt(10) == 0 ? null : "level " + random.nextInt(40_000));
      builder.endRow();
    }
    Profile profile = builder.build();
    Profile read = Profile.fromJson(profile.toJson());
    assertThat(new String(read.toJson(), StandardCharsets.UTF_8))
        .isEqualTo(new String(profile.toJson(), StandardCharsets.UTF_8));
    assertThat(read.rows()).isEqualTo(50_000);
    assertThat(x(read).quantile(0.3)).isEqualTo(x(profile).quantile(0.3));
    assertThat(c(read).distinct()).isEqualTo(c(profile).distinct());
    assertThat(read.merge(profile).toJson()).isEqualTo(profile.merge(profile).toJson());
  }

  @Test
  void categories_areCountedExactlyUpToAThousandLevels() {
    ProfileBuilder builder = new ProfileBuilder(BOTH.subList(1, 2));
    for (int i = 0; i < 10_000; i++) {
      builder.add(0, i % 5 == 0 ? null : "l" + i % 1_000);
      builder.endRow();
    }
    CategoryProfile profile = c(builder.build());
    assertThat(profile.exact()).isTrue();
    assertThat(profile.count()).isEqualTo(8_000);
    assertThat(profile.missing()).isEqualTo(2_000);
    assertThat(profile.distinct()).isEqualTo(800);
    assertThat(profile.other()).isZero();
    assertThat(profile.counts()).containsEntry("l1", 10L).doesNotContainKey("l5");
  }

  @Test
  void manyCategories_keepTheFrequentOnesWithinTheError() {
    ProfileBuilder builder = new ProfileBuilder(BOTH.subList(1, 2));
    for (int i = 0; i < 200_000; i++) {
      builder.add(0, i % 4 == 0 ? "often" : "once " + i);
      builder.endRow();
    }
    CategoryProfile profile = c(builder.build());
    assertThat(profile.exact()).isFalse();
    assertThat(profile.counts().getOrDefault("often", 0L) + profile.countError())
        .isGreaterThanOrEqualTo(50_000);
    assertThat(profile.counts().getOrDefault("often", 0L)).isLessThanOrEqualTo(50_000);
    assertThat(profile.countError()).isLessThan(200);
    assertThat(profile.distinct()).isCloseTo(150_001, within(150_001 * 0.05));
    long listed = profile.counts().values().stream().mapToLong(Long::longValue).sum();
    assertThat(profile.other()).isEqualTo(200_000 - listed);
    CategoryProfile twice = profile.merge(profile);
    assertThat(twice.counts().getOrDefault("often", 0L))
        .isBetween(100_000 - twice.countError(), 100_000L);
    assertThat(twice.distinct()).isCloseTo(150_001, within(150_001 * 0.05));
  }

  @Test
  void longTexts_areShortenedAndToldApart() {
    ProfileBuilder builder = new ProfileBuilder(BOTH.subList(1, 2));
    for (String end : List.of("a", "b", "b")) {
      builder.add(0, "x".repeat(5_000) + end);
      builder.endRow();
    }
    assertThat(c(builder.build()).counts()).hasSize(2).containsValues(1L, 2L);
    assertThat(c(builder.build()).counts().keySet()).allMatch(text -> text.length() < 260);
  }

  @Test
  void merge_withAnEmptyProfile_changesNothing() {
    Profile profile = numbers(1, 2, 3);
    Profile empty = Profile.empty(BOTH.subList(0, 1));
    assertThat(profile.merge(empty).toJson()).isEqualTo(profile.toJson());
    assertThat(empty.merge(profile).toJson()).isEqualTo(profile.toJson());
    assertThat(empty.merge(empty).rows()).isZero();
    assertThat(x(empty).mean()).isNaN();
    assertThat(x(empty).quantile(0.5)).isNaN();
    assertThat(x(empty).cdf(1)).isNaN();
    assertThat(x(Profile.fromJson(empty.toJson())).count()).isZero();
  }

  @Test
  void merge_keepsTheColumnsOfEitherSide() {
    Profile categories = Profile.empty(BOTH.subList(1, 2));
    Profile merged = numbers(1).merge(categories);
    assertThat(merged.columns()).extracting(ColumnProfile::name).containsExactly("x", "c");
    assertThat(merged.column("d")).isEmpty();
  }

  @Test
  void merge_ofAnotherKind_namesTheColumn() {
    Profile texts = Profile.empty(List.of(new Profile.Column("x", Kind.CATEGORY)));
    assertThatThrownBy(() -> numbers(1).merge(texts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("column x: CATEGORY (expected: NUMBER, as in the other profile)");
  }

  @Test
  void aColumnThatGotNothingInARow_isMissingInIt() {
    ProfileBuilder builder = new ProfileBuilder(BOTH);
    builder.add(0, Double.POSITIVE_INFINITY);
    builder.endRow();
    builder.add(0, -0.0);
    builder.add(1, "a");
    builder.endRow();
    Profile profile = builder.build();
    assertThat(profile.rows()).isEqualTo(2);
    assertThat(x(profile).missing()).isEqualTo(1);
    assertThat(x(profile).values()).containsExactly(0.0);
    assertThat(c(profile).missing()).isEqualTo(1);
  }

  @Test
  void fewDifferentValues_takeFewBytes_andComeBack() {
    ProfileBuilder builder = new ProfileBuilder(BOTH);
    Random random = new Random(9);
    for (int i = 0; i < 5_000; i++) {
      builder.add(0, random.nextInt(4) == 0 ? random.nextInt(256) : 0);
      builder.endRow();
    }
    Profile profile = builder.build();
    byte[] json = profile.toJson();
    Profile read = Profile.fromJson(json);

    assertThat(json.length).as("5,000 values would take 53,000").isLessThan(6_000);
    assertThat(read.toJson()).isEqualTo(json);
    assertThat(x(read).quantile(0.9)).isEqualTo(x(profile).quantile(0.9));
    assertThat(read.merge(profile).rows()).isEqualTo(10_000);
    String text = new String(json, StandardCharsets.UTF_8);
    refused(text.replaceAll("\"times\":\"[^\"]*\"", "\"times\":\"AAAA\""), "times: 3 bytes");
    refused(text.replaceAll("\"times\":\"....", "\"times\":\"AAAA"), "times: ");
    refused(text.replaceAll(",\"times\":\"[^\"]*\"", ""), "times: ");
  }

  @Test
  void hostileJson_isRefusedWithTheFieldThatIsWrong() {
    String good = new String(numbers(1, 2, 3).toJson(), StandardCharsets.UTF_8);
    refused("", "no object");
    refused("[]", "no object");
    refused("{", "not JSON");
    refused("[".repeat(100_000), "not JSON");
    refused(good.replace("\"format\":1", "\"format\":2"), "format: 2");
    refused(good.replace("\"rows\":3", "\"rows\":-3"), "rows: -3");
    refused(good.replace("\"rows\":3", "\"rows\":1e400"), "rows:");
    refused(good.replace("\"count\":3", "\"count\":4"), "columns[0].levels: 3 rows");
    refused(good.replace("\"count\":3", "\"count\":9223372036854775807"), "columns[0].levels");
    refused(good.replace("NUMBER", "THING"), "columns[0].kind: THING");
    refused(good.replace("\"min\":1.0", "\"min\":2.0"), "columns[0].levels[0]: 1.0");
    refused(good.replace("\"mean\":2.0", "\"mean\":\"NaN\""), "columns[0].mean");
    refused(good.replaceAll("\"levels\":\\[\"[^\"]*\"", "\"levels\":[\"####\""), "not JSON");
    refused(good.replaceAll("\"levels\":\\[\"[^\"]*\"", "\"levels\":[\"AAAA\""), "3 bytes");
    refused(good.replace("\"name\":\"x\"", "\"name\":{}"), "columns[0].name");
    String category =
        "{\"format\":1,\"rows\":1,\"columns\":[{\"name\":\"c\",\"kind\":\"CATEGORY\",\"count\":1,"
            + "\"missing\":0,\"exact\":false,\"error\":0,\"distinct\":\"%s\",\"counts\":{}}]}";
    refused(category.formatted(""), "sketch cannot be read");
    refused(category.formatted("AAAAAAAAAAAAAAAA"), "sketch cannot be read");
    refused(category.formatted("/////////////////////w=="), "sketch cannot be read");
  }

  private static void refused(String json, String message) {
    assertThatThrownBy(() -> Profile.fromJson(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
