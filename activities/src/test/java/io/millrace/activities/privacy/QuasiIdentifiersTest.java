package io.millrace.activities.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.privacy.QuasiIdentifiers.Anonymity;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuasiIdentifiersTest {
  @TempDir private Path root;

  /** The patients of Machanavajjhala and others, figure 2: 4-anonymous, l = 1. */
  private static final String FIGURE_2 =
      """
      ('130**','<30','Heart'),('130**','<30','Heart'),('130**','<30','Viral'),('130**','<30','Viral'),
      ('1485*','>=40','Cancer'),('1485*','>=40','Heart'),('1485*','>=40','Viral'),('1485*','>=40','Viral'),
      ('130**','3*','Cancer'),('130**','3*','Cancer'),('130**','3*','Cancer'),('130**','3*','Cancer')
      """;

  private Anonymity measure(String values, List<String> columns) throws Exception {
    try (DuckDb db = DuckDb.open(1, root)) {
      db.run("CREATE TABLE t AS SELECT * FROM (VALUES " + values + ") AS v(zip, age, condition)");
      return QuasiIdentifiers.measure(db, "t", columns, List.of("condition"), 5);
    }
  }

  @Test
  void theExampleOfThePaper_hasItsNumbers() throws Exception {
    Anonymity found = measure(FIGURE_2, List.of("zip", "age"));

    assertThat(found.k()).isEqualTo(4);
    assertThat(found.classes()).isEqualTo(3);
    assertThat(found.alone()).isZero();
    assertThat(found.below()).isEqualTo(12);
    assertThat(found.without()).isEqualTo(Map.of("zip", 4L, "age", 4L));
    assertThat(found.diversity().getFirst().distinct()).isEqualTo(1);
    assertThat(found.diversity().getFirst().entropy()).isEqualTo(1);
    assertThat(found.diversity().getFirst().known()).isEqualTo(4);
  }

  @Test
  void entropy_isThatOfTheClassWithTheLeast() throws Exception {
    Anonymity found = measure(FIGURE_2, List.of("zip"));

    // 130**: 2 heart, 2 viral, 4 cancer: exp(1.0397); 1485*: 1, 1, 2: the same
    assertThat(found.diversity().getFirst().distinct()).isEqualTo(3);
    assertThat(found.diversity().getFirst().entropy()).isCloseTo(2.828427, within(1e-6));
  }

  @Test
  void aMissingValue_isAValue() throws Exception {
    Anonymity found = measure(FIGURE_2 + ",(NULL,'3*','Viral')", List.of("zip", "age"));

    assertThat(found.k()).isEqualTo(1);
    assertThat(found.alone()).isEqualTo(1);
    assertThat(found.rows()).isEqualTo(13);
  }
}
