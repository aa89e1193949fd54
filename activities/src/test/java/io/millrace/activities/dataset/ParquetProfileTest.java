package io.millrace.activities.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.CategoryProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetProfileTest {
  private static final List<Profile.Column> COLUMNS =
      List.of(
          new Profile.Column("whole", Feature.Kind.NUMBER),
          new Profile.Column("a \"level\"", Feature.Kind.CATEGORY),
          new Profile.Column("half", Feature.Kind.NUMBER));

  @TempDir Path folder;

  @BeforeEach
  void write() throws SQLException {
    try (DuckDb db = DuckDb.open(1, folder)) {
      for (int file = 0; file < 2; file++) {
        db.run(
            ("COPY (SELECT i AS whole, CASE WHEN i %% 4 = 0 THEN NULL WHEN i %% 4 = 1 THEN 'x'"
                    + " ELSE 'y' END AS \"a \"\"level\"\"\", CASE WHEN i %% 10 = 0 THEN NULL"
                    + " ELSE i / 2 END AS half FROM range(%d, %d) t(i)) TO %s (FORMAT parquet)")
                .formatted(
                    file * 15_000,
                    (file + 1) * 15_000,
                    DuckDb.text(folder.resolve(file + ".parquet").toString())));
      }
    }
  }

  private Profile profile(int threads) throws SQLException {
    try (ParquetProfile profiles = new ParquetProfile(threads, folder)) {
      return profiles.of(
          List.of(folder.resolve("0.parquet"), folder.resolve("1.parquet")), COLUMNS);
    }
  }

  @Test
  void of_twoFiles_countsEveryRowOfBoth() throws SQLException {
    Profile profile = profile(2);
    assertThat(profile.rows()).isEqualTo(30_000);
    NumberProfile whole = (NumberProfile) profile.column("whole").orElseThrow();
    assertThat(whole.count()).isEqualTo(30_000);
    assertThat(whole.min()).isZero();
    assertThat(whole.max()).isEqualTo(29_999);
    assertThat(whole.mean()).isCloseTo(14_999.5, within(1e-6));
    assertThat(whole.quantile(0.5)).isCloseTo(15_000, within(30_000 * whole.rankError()));
    NumberProfile half = (NumberProfile) profile.column("half").orElseThrow();
    assertThat(half.missing()).isEqualTo(3_000);
    CategoryProfile level = (CategoryProfile) profile.column("a \"level\"").orElseThrow();
    assertThat(level.counts()).isEqualTo(Map.of("x", 7_500L, "y", 15_000L));
    assertThat(level.missing()).isEqualTo(7_500);
    assertThat(profile.columns())
        .extracting(c -> c.name())
        .containsExactly("whole", "a \"level\"", "half");
  }

  @Test
  void of_anyNumberOfThreads_givesTheSameBytes() throws SQLException {
    assertThat(profile(1).toJson()).isEqualTo(profile(3).toJson()).isEqualTo(profile(1).toJson());
  }

  @Test
  void of_aFileWithoutTheColumn_saysWhich() throws SQLException {
    try (ParquetProfile profiles = new ParquetProfile(1, folder)) {
      assertThatThrownBy(
              () ->
                  profiles.of(
                      List.of(folder.resolve("0.parquet")),
                      List.of(new Profile.Column("gone", Feature.Kind.NUMBER))))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("gone");
    }
  }
}
