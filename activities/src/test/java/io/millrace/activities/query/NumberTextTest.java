package io.millrace.activities.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts that other engines write, turned into DuckDB's by what runs there. */
class NumberTextTest {
  @TempDir private Path folder;

  /** Pairs of what was made of a text and what DuckDB writes. */
  private List<List<@Nullable Object>> written(List<String> numbers, List<String> texts)
      throws Exception {
    try (DuckDb db = DuckDb.open(1, folder)) {
      String rows =
          "(SELECT unnest([%s]) AS x, unnest(%s) AS said)"
              .formatted(String.join(", ", numbers), DuckDb.texts(texts));
      return db.rows(
          "SELECT \"w\", CAST(x AS VARCHAR), said FROM "
              + NumberText.beside(rows, "x", "said", "w")
              + " t");
    }
  }

  @Test
  void beside_ofTextsWithExponents_isWhatDuckDbWrites() throws Exception {
    List<String> texts =
        List.of(
            "4.2E1",
            "1.0E0",
            "-2.5E-1",
            "1.0E15",
            "9.999999999999998E15",
            "1.0E16",
            "1.0E-4",
            "1.0E-5",
            "-1.5E-7",
            "1.0E300",
            "1.7976931348623157E308",
            "0.0E0",
            "-0.0E0",
            "1.23456789123E8");
    for (List<@Nullable Object> row :
        written(texts.stream().map(t -> "CAST('" + t + "' AS DOUBLE)").toList(), texts)) {
      assertThat(row.get(0)).as(String.valueOf(row.get(2))).isEqualTo(row.get(1));
    }
  }

  @Test
  void beside_ofJavasTexts_isWhatDuckDbWrites() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      double scaled = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-12, 22));
      texts.add(Double.toString(i % 2 == 0 ? scaled : Math.rint(scaled * 100) / 100));
    }
    for (List<@Nullable Object> row :
        written(texts.stream().map(t -> "CAST('" + t + "' AS DOUBLE)").toList(), texts)) {
      assertThat(row.get(0)).as(String.valueOf(row.get(2))).isEqualTo(row.get(1));
    }
  }
}
