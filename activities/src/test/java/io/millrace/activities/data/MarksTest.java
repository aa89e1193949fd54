package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DuckDb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarksTest {
  @TempDir private Path root;

  private static List<Long> numbers(DuckDb db, String condition) throws Exception {
    List<Long> numbers = new ArrayList<>();
    db.blocks(
        "SELECT range FROM range(3000000) WHERE " + condition,
        (block, rows) -> {
          for (int i = 0; i < rows; i++) {
            numbers.add(block.vector(0).getLong(i));
          }
        });
    return numbers;
  }

  @Test
  void sql_isTrueForMarkedRowsOfTheStretch_inTheirOrder() throws Exception {
    Marks marks = new Marks();
    for (long number : new long[] {2_100_000, 0, 7, 8, 1_048_575, 1_048_576, 99}) {
      marks.add(number);
    }
    try (DuckDb db = DuckDb.open(2, root)) {
      assertThat(numbers(db, marks.sql("range", 0, 100))).containsExactly(0L, 7L, 8L, 99L);
      assertThat(numbers(db, marks.sql("range", 8, 99))).containsExactly(8L);
      assertThat(numbers(db, marks.sql("range", 1_048_000, 1_050_000)))
          .containsExactly(1_048_575L, 1_048_576L);
      assertThat(numbers(db, marks.sql("range", 2_500_000, 2_600_000))).isEmpty();
    }
  }
}
