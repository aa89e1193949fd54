package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.History;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules on the whole table, and what may have leaked into it. */
class TableQualityTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void up() {
    ingests = new Ingests(root);
  }

  private static ExpectationSpec rule(
      @Nullable String column, @Nullable Double nulls, @Nullable History history, OnBreak onBreak) {
    return new ExpectationSpec(
        column, null, null, null, null, null, null, null, null, onBreak, 0.05, nulls, history);
  }

  private IngestResult run(int rows, IntFunction<String> row) throws Exception {
    List<String> lines = new ArrayList<>(List.of("a,b,y"));
    for (int i = 0; i < rows; i++) {
      lines.add(row.apply(i));
    }
    ingests.csv(String.join("\n", lines) + "\n");
    return ingests.run();
  }

  private static String plain(int i) {
    return i * 37 % 101 + ".5," + "pqrs".charAt(i * 7 % 4) + "," + i * 13 % 5 % 2;
  }

  private static List<String> sentences(IngestResult result) {
    return result.expectations().stream().map(ExpectationOutcome::sentence).toList();
  }

  @Test
  void nulls_overTheShare_blockOrWarn() throws Exception {
    ingests.expectations.add(rule("a", 0.02, null, OnBreak.WARN));
    assertThat(sentences(run(200, i -> i < 4 ? "," + plain(i).split(",", 2)[1] : plain(i))))
        .contains("a is null in at most 2.0% of rows: holds");
    assertThat(sentences(run(200, i -> i < 5 ? "," + plain(i).split(",", 2)[1] : plain(i))))
        .contains("a: null in 5 of 200 rows, 2.50%");
    ingests.expectations.set(0, rule("a", 0.02, null, OnBreak.BLOCK));
    assertThatThrownBy(() -> run(200, i -> i < 5 ? "," + plain(i).split(",", 2)[1] : plain(i)))
        .hasMessageContaining(
            "a: null in 5 of 200 rows, 2.50% (expected: a is null in at most 2.0% of rows)");
  }

  /** A text in a column of numbers is a value to whoever reads the bytes alone. */
  @Test
  void history_countsTextThatMeansMissing_amongNumbers() throws Exception {
    ingests.expectations.add(rule(null, null, new History(3, 0.3), OnBreak.BLOCK));
    run(200, TableQualityTest::plain);
    run(201, TableQualityTest::plain);
    assertThatThrownBy(
            () -> run(200, i -> i % 2 < 1 ? "NA," + plain(i).split(",", 2)[1] : plain(i)))
        .hasMessageContaining("a: null in 50.0% of rows, at most 0.00% in 2 versions before");
  }

  @Test
  void history_noticesRowsMissingAndDifferentValues() throws Exception {
    ingests.expectations.add(rule(null, null, new History(3, 0.3), OnBreak.BLOCK));
    assertThat(run(50, TableQualityTest::plain).dataset().rows()).isEqualTo(50);
    // one version before is no history
    run(400, TableQualityTest::plain);
    run(420, TableQualityTest::plain);
    run(440, TableQualityTest::plain);
    assertThatThrownBy(() -> run(100, TableQualityTest::plain))
        .hasMessageContaining("rows: 100, 400 to 440 in 3 versions before");
    assertThatThrownBy(
            () -> run(430, i -> i % 20 == 0 ? "," + plain(i).split(",", 2)[1] : plain(i)))
        .hasMessageContaining("a: null in 5.12% of rows, at most 0.00% in 3 versions before");
    assertThatThrownBy(() -> run(430, i -> plain(i).replaceFirst(",.", ",k" + i % 30)))
        .hasMessageContaining("b: different values: ")
        .hasMessageContaining(", 4 to 4 in 3 versions before");
    // what was refused is no history, and the same again is none either
    run(430, TableQualityTest::plain);
    run(430, TableQualityTest::plain);
    assertThat(ingests.store.list("history/test/")).hasSize(5);
  }

  @Test
  void aFeature_thatNearlyIsTheTarget_isToldOf() throws Exception {
    Random random = new Random(5);
    IngestResult result =
        run(
            1000,
            i -> {
              int y = random.nextInt(2);
              return (y + random.nextGaussian() * 0.2) + "," + "pqrs".charAt(i % 4) + "," + y;
            });
    assertThat(sentences(result))
        .filteredOn(s -> s.contains("by itself"))
        .singleElement()
        .asString()
        .matches("a: tells y by itself \\(ROC AUC 0\\.99\\d+\\); is it known before the target\\?");
  }

  @Test
  void aCategory_thatNearlyIsTheTarget_isToldOf_byTask() throws Exception {
    ingests.task = Task.MULTICLASS;
    assertThat(
            sentences(run(900, i -> i * 37 % 101 + ",k" + (i % 3 + i % 6 / 3 * 3) + ",c" + i % 3)))
        .anyMatch(s -> s.startsWith("b: tells y by itself (accuracy 1.0000)"));
    ingests.task = Task.REGRESSION;
    ingests.name = "other";
    assertThat(
            sentences(
                run(900, i -> i * 37 % 101 + ",k" + i % 6 + "," + (i % 6 * 10 + i % 7 * 0.1))))
        .anyMatch(s -> s.startsWith("b: tells y by itself (R2 0.99"));
  }

  @Test
  void ordinaryFeatures_areNotToldOf() throws Exception {
    Random random = new Random(5);
    assertThat(
            sentences(
                run(
                    2000,
                    i -> {
                      int y = random.nextInt(2);
                      // an AUC of about 0.92
                      return (y * 2 + random.nextGaussian()) + ",k" + i + "," + y;
                    })))
        .noneMatch(s -> s.contains("by itself"));
  }

  @Test
  void anId_inSeveralSplits_isToldOf() throws Exception {
    ingests.id = "a";
    assertThat(sentences(run(1000, i -> "id" + i / 2 + ",p" + i * 31 % 97 + "," + i * 13 % 5 % 2)))
        .anyMatch(s -> s.matches("a: \\d+ of its values stand in more than one split; .*"));
  }
}
