package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.SplitSpec.Kind;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitterTest {
  private static final int ROWS = 997;
  @TempDir private Path root;
  private Ingests ingests;
  private List<String> lines;

  @BeforeEach
  void rows() {
    ingests = new Ingests(root);
    ingests.id = "id";
    lines = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < ROWS; i++) {
      lines.add(
          "%d,%.12f,g%d,2026-01-%02dT%02d:00:00Z,%d"
              .formatted(
                  i, random.nextGaussian(), i % 40, i / 24 % 28 + 1, i % 24, i % 7 == 0 ? 1 : 0));
    }
  }

  private IngestResult run() throws Exception {
    ingests.csv("id,a,g,t,y\n" + String.join("\n", lines) + "\n");
    return ingests.run();
  }

  private Table read(IngestResult result, String split) {
    return new Datasets(ingests.store, root.resolve("reader"))
        .read(result.dataset(), split, List.of("id", "a", "g", "t", "y"));
  }

  private Set<String> ids(IngestResult result, String split) {
    return new HashSet<>(Arrays.asList(read(result, split).categories("id")));
  }

  @Test
  void stratified_isExactToARowInTotalAndWithinEachClass() throws Exception {
    IngestResult result = run();
    assertThat(result.splits()).isEqualTo(Map.of("train", 698L, "validation", 100L, "test", 199L));
    long positive = Arrays.stream(read(result, "test").categories("y")).filter("1"::equals).count();
    assertThat(positive).isBetween(28L, 29L);
  }

  @Test
  void theSplit_dependsOnTheSeedAndNotOnTheOrderOfRows() throws Exception {
    Set<String> test = ids(run(), "test");
    Collections.shuffle(lines, new Random(1));
    assertThat(ids(run(), "test")).isEqualTo(test);
    ingests.split = new SplitSpec(Kind.STRATIFIED, null, 0.2, 0.1, 8);
    assertThat(ids(run(), "test")).isNotEqualTo(test).hasSize(199);
  }

  @Test
  void random_isExactToARow() throws Exception {
    ingests.split = new SplitSpec(Kind.RANDOM, null, 0.25, 0, 7);
    assertThat(run().splits()).isEqualTo(Map.of("train", 748L, "test", 249L));
  }

  @Test
  void regression_isStratifiedByDeciles() throws Exception {
    ingests.task = Task.REGRESSION;
    ingests.target = "a";
    IngestResult result = run();
    double[] test = read(result, "test").numbers("a");
    assertThat(test).hasSize(199);
    assertThat(Arrays.stream(test).filter(v -> v < -1.2816).count()).isBetween(15L, 25L);
  }

  @Test
  void group_keepsGroupsWhole() throws Exception {
    ingests.split = new SplitSpec(Kind.GROUP, "g", 0.2, 0.1, 7);
    IngestResult result = run();
    Set<String> train = new HashSet<>(Arrays.asList(read(result, "train").categories("g")));
    Set<String> test = new HashSet<>(Arrays.asList(read(result, "test").categories("g")));
    assertThat(train).doesNotContainAnyElementsOf(test);
    assertThat(result.splits().get("test")).isBetween(174L, 199L);
  }

  @Test
  void time_testsOnTheNewest() throws Exception {
    ingests.time = "t";
    ingests.split = new SplitSpec(Kind.TIME, "t", 0.2, 0.1, 7);
    IngestResult result = run();
    assertThat(result.splits()).isEqualTo(Map.of("train", 698L, "validation", 100L, "test", 199L));
    String lastTrained = Collections.max(Arrays.asList(read(result, "train").categories("t")));
    String firstTested = Collections.min(Arrays.asList(read(result, "test").categories("t")));
    assertThat(lastTrained).isLessThanOrEqualTo(firstTested).startsWith("2026-01-");
  }

  @Test
  void equalRows_stayInOneSplit() throws Exception {
    List<String> copies = IntStream.range(0, 300).mapToObj(lines::get).toList();
    copies.forEach(line -> lines.add("9" + line));
    IngestResult result = run();

    Set<Double> train = values(result, "train");
    Set<Double> test = values(result, "test");
    assertThat(train).doesNotContainAnyElementsOf(test);
    assertThat(result.dataset().rows()).isEqualTo(ROWS + 300);
    assertThat(result.splits().get("test")).isEqualTo(Math.round((ROWS + 300) * 0.2));
    assertThat(result.expectations())
        .anyMatch(e -> e.rule().equals("equal rows stay in one split") && e.broken() == 300);
  }

  @Test
  void equalRows_overASplitByTimeAreLeftOutOfTraining() throws Exception {
    ingests.time = "t";
    ingests.split = new SplitSpec(Kind.TIME, "t", 0.2, 0.1, 7);
    for (int i = 0; i < 50; i++) {
      lines.add("9" + lines.get(i).replaceFirst("2026-01", "2026-02"));
    }
    IngestResult result = run();
    assertThat(values(result, "train")).doesNotContainAnyElementsOf(values(result, "test"));
    assertThat(result.dataset().rows()).isEqualTo(ROWS);
  }

  @Test
  void aTableOfFewDifferentRows_isSplitRowByRow() throws Exception {
    lines.replaceAll(line -> line.replaceFirst(",[-0-9.]+,g\\d+,", ",1,g1,"));
    IntStream.range(0, ROWS)
        .filter(i -> i % 3 == 0)
        .forEach(i -> lines.set(i, lines.get(i).replace(",g1,", ",g2,")));
    IngestResult result = run();
    assertThat(result.splits()).containsEntry("test", 199L).containsEntry("train", 698L);
    assertThat(result.expectations()).anyMatch(e -> e.sentence().contains("placed by itself"));
  }

  private Set<Double> values(IngestResult result, String split) {
    Set<Double> values = new HashSet<>();
    for (double value : read(result, split).numbers("a")) {
      values.add(value);
    }
    return values;
  }

  @Test
  void theManifest_namesRolesAndClasses() throws Exception {
    ingests.time = "t";
    ingests.exclude = List.of("g");
    ingests.positive = "0";
    DatasetManifest manifest =
        new Datasets(ingests.store, root.resolve("reader")).manifest(run().dataset());
    assertThat(manifest.classes()).containsExactly("1", "0");
    assertThat(manifest.columns())
        .extracting(c -> c.name() + " " + c.role() + " " + c.type())
        .containsExactly(
            "id ID CATEGORY",
            "a FEATURE NUMBER",
            "g EXCLUDED CATEGORY",
            "t TIME CATEGORY",
            "y TARGET CATEGORY");
  }
}
