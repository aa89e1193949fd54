package io.millrace.activities.data;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.RecommendSpec;
import io.millrace.workflows.spec.SplitSpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Divides {@code clean}: the view {@code parted} has a column {@code part} beside its columns, 0
 * train, 1 validation, 2 test. The choice is a function of the seed and the row's content (features
 * and target: MD5 of their texts, from {@link #LARGE} rows on the engine's own hash), so it depends
 * neither on the machine nor on the order of the rows.
 *
 * <ul>
 *   <li>{@code stratified}, {@code random}: exact to a row; stratified also within each target
 *       value (regression: each decile), by largest remainders; for a recommender within each user,
 *       one row of whom is always trained on
 *   <li>{@code group}: whole groups; as near to the shares as the groups allow
 *   <li>{@code time}: the newest rows are the test split, those before them validation; exact
 * </ul>
 *
 * <p>Equal rows (same features and target) never straddle splits: stratified and random keep them
 * together, which costs exactness only where one such set is larger than what a split still needs;
 * time, group and recent rows drop the twins from the split that is trained on, and say how many.
 * The exception is a table whose different rows are fewer than a tenth of all (a few categories):
 * there equal rows are different observations, and each is placed by itself.
 */
final class Splitter {
  static final List<String> PARTS = Quota.PARTS;

  /** From so many rows on, texts of numbers would cost more than all else. */
  static final long LARGE = 500_000;

  private final DuckDb db;
  private final Path keys;
  private final SplitSpec spec;
  private final DataSpec data;
  private final List<Column> columns;
  private final long sourceRows;
  private final boolean regression;
  private @Nullable List<Marks> marks;
  private Map<String, Long> counted = Map.of();

  /**
   * @param folder an own folder
   * @param sourceRows rows with a number below it came from the source, the others are recent
   */
  Splitter(
      DuckDb db,
      Path folder,
      DataSpec data,
      List<Column> columns,
      long sourceRows,
      boolean regression) {
    this.db = db;
    this.keys = folder.resolve("keys");
    this.spec = data.split();
    this.data = data;
    this.columns = columns;
    this.sourceRows = sourceRows;
    this.regression = regression;
  }

  /** Which rows are in which split, by its number; null where the table {@code split} tells. */
  @Nullable List<Marks> marks() {
    return marks;
  }

  List<ExpectationOutcome> split() throws SQLException {
    List<Column> told =
        columns.stream().filter(c -> c.feature() || c.role() == Role.TARGET).toList();
    long rows = db.number("SELECT count(*) FROM clean");
    String hash =
        rows < LARGE
            ? "md5(concat_ws(chr(31), "
                + String.join(
                    ", ",
                    told.stream()
                        .map(c -> "coalesce(CAST(" + c.sql() + " AS VARCHAR), chr(30))")
                        .toList())
                + "))"
            : "hash(" + String.join(", ", told.stream().map(Column::sql).toList()) + ")";
    if (rows >= LARGE && byKey()) {
      Optional<List<ExpectationOutcome>> outcomes = byKey(rows, hash);
      if (outcomes.isPresent()) {
        return outcomes.get();
      }
      db.threads(DuckDbIngest.THREADS);
    }
    db.run("CREATE TABLE split (rn BIGINT, part TINYINT)");
    db.run("CREATE VIEW parted AS SELECT clean.*, split.part FROM clean JOIN split USING (rn)");
    db.run(
        "CREATE TABLE content AS SELECT rn, CAST(%s AS VARCHAR) AS hash FROM clean"
            .formatted(hash));
    long different = db.number("SELECT count(DISTINCT hash) FROM content");
    boolean few = different * 10 < rows;
    String together = "content.hash";
    String single = "content.hash || ':' || clean.rn";
    switch (spec.kind()) {
      case TIME -> byTime();
      case GROUP ->
          byUnits(
              "coalesce(CAST(clean." + splitColumn().sql() + " AS VARCHAR), content.hash)", "''");
      case STRATIFIED -> byUnits(few ? single : together, stratum());
      case RANDOM -> byUnits(few ? single : together, "''");
    }
    db.run("INSERT INTO split SELECT rn, 0 FROM clean WHERE rn >= " + sourceRows);
    return twins(rows - different, few);
  }

  /** Rows of each split; splits without rows are absent. */
  Map<String, Long> rows() throws SQLException {
    if (marks != null) {
      return counted;
    }
    Map<String, Long> rows = new TreeMap<>();
    for (List<@Nullable Object> row :
        db.rows("SELECT part, count(*) FROM split GROUP BY 1 ORDER BY 1")) {
      if (row.get(0) instanceof Number part && row.get(1) instanceof Number count) {
        rows.put(PARTS.get(part.intValue()), count.longValue());
      }
    }
    return rows;
  }

  /** Whether each row's split follows from its content alone. */
  private boolean byKey() throws SQLException {
    boolean random = spec.kind() == SplitSpec.Kind.RANDOM;
    boolean classes = spec.kind() == SplitSpec.Kind.STRATIFIED && !regression;
    return (random || classes)
        && data.recommend() == null
        && db.number("SELECT count(*) FROM clean WHERE rn >= " + sourceRows) == 0;
  }

  private Optional<List<ExpectationOutcome>> byKey(long rows, String hash) throws SQLException {
    String stratum = spec.kind() == SplitSpec.Kind.RANDOM ? "''" : stratum();
    Map<String, Long> strata =
        spec.kind() == SplitSpec.Kind.RANDOM ? Map.of("", rows) : KeySplit.strata(db, stratum);
    if (strata.isEmpty()) {
      return Optional.empty();
    }
    String key = "hash(%s, %s%d::BIGINT)";
    long different;
    try (KeySplit together =
        new KeySplit(db, keys, spec, strata, key.formatted(hash, "", spec.seed()), stratum)) {
      different = together.different();
      if (different * 10 >= rows) {
        return placed(together, rows - different, false);
      }
    }
    try (KeySplit each =
        new KeySplit(db, keys, spec, strata, key.formatted(hash, "rn, ", spec.seed()), stratum)) {
      return placed(each, rows - different, true);
    }
  }

  private Optional<List<ExpectationOutcome>> placed(KeySplit keys, long equal, boolean few)
      throws SQLException {
    Optional<KeySplit.Placed> found = keys.split();
    found.ifPresent(
        placed -> {
          counted = placed.rows();
          marks = placed.marks();
        });
    return found.map(placed -> EqualRows.outcomes(equal, few, 0));
  }

  private String stratum() {
    Column target = columns.stream().filter(c -> c.role() == Role.TARGET).findFirst().orElseThrow();
    RecommendSpec recommend = data.recommend();
    if (recommend != null) {
      return "coalesce(clean." + column(recommend.user()).sql() + ", '')";
    }
    // equal targets share a decile, so equal rows stay in one stratum
    return regression
        ? "CAST(floor(10 * percent_rank() OVER (ORDER BY clean." + target.sql() + ")) AS VARCHAR)"
        : "clean." + target.sql();
  }

  private Column splitColumn() {
    boolean byTime = spec.kind() == SplitSpec.Kind.TIME && spec.column() == null;
    return column(byTime ? data.time() : spec.column());
  }

  private Column column(@Nullable String name) {
    return columns.stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow(() -> DataChecks.invalid("data.split.column: " + name, "a kept column"));
  }

  private void byUnits(String unit, String stratum) throws SQLException {
    String keyed = DuckDb.text(spec.seed() + ":");
    db.run(
        "CREATE TABLE units AS SELECT rn, "
            + unit
            + " AS unit, "
            + stratum
            + " AS stratum FROM clean JOIN content USING (rn) WHERE rn < "
            + sourceRows);
    Map<String, Quota> quotas = quotas();
    try (DuckDb.Rows appender = db.appendTo("split")) {
      List<Long> run = new ArrayList<>();
      String[] current = {"", ""};
      db.blocks(
          "SELECT rn, unit, stratum FROM units ORDER BY md5(%s || unit), unit, rn".formatted(keyed),
          (block, count) -> {
            for (int i = 0; i < count; i++) {
              String next = block.vector(1).getString(i);
              if (!run.isEmpty() && !next.equals(current[0])) {
                place(appender, run, quotas.getOrDefault(current[1], Quota.none()));
              }
              current[0] = next;
              current[1] = block.vector(2).getString(i);
              run.add(block.vector(0).getLong(i));
            }
          });
      place(appender, run, quotas.getOrDefault(current[1], Quota.none()));
    }
  }

  private static void place(DuckDb.Rows appender, List<Long> run, Quota quota) throws SQLException {
    if (!run.isEmpty()) {
      int part = quota.take(run.size());
      for (long rn : run) {
        appender.add(rn, (byte) part);
      }
      run.clear();
    }
  }

  private Map<String, Quota> quotas() throws SQLException {
    Map<String, Long> sizes = new TreeMap<>();
    for (List<@Nullable Object> row :
        db.rows("SELECT stratum, count(*) FROM units GROUP BY 1 ORDER BY 1")) {
      if (row.get(1) instanceof Number count) {
        sizes.put(String.valueOf(row.get(0)), count.longValue());
      }
    }
    // a user nobody has learned of cannot be served
    return Quota.of(sizes, spec, data.recommend() != null);
  }

  private void byTime() throws SQLException {
    Column time = splitColumn();
    String where = " FROM clean WHERE rn < " + sourceRows;
    long rows = db.number("SELECT count(*)" + where);
    long without = db.number("SELECT count(*)" + where + " AND " + time.sql() + " IS NULL");
    if (without > 0) {
      throw DataChecks.invalid(
          time.name() + ": no time in " + without + " rows", "a time in each, to split by it");
    }
    if (db.number("SELECT count(DISTINCT " + time.sql() + ")" + where) < 2) {
      throw DataChecks.invalid(
          time.name() + ": one time in all rows", "at least two different, to split by it");
    }
    long test = Math.round(rows * spec.test());
    long validation = Math.round(rows * spec.validation());
    db.run(
        "INSERT INTO split SELECT rn, CASE WHEN n > %d THEN 2 WHEN n > %d THEN 1 ELSE 0 END"
                .formatted(rows - test, rows - test - validation)
            + " FROM (SELECT rn, row_number() OVER (ORDER BY "
            + time.sql()
            + ", rn) AS n"
            + where
            + ")");
  }

  /** Drops rows that have a twin in a split they must not have one in. */
  private List<ExpectationOutcome> twins(long equal, boolean few) throws SQLException {
    if (few || equal == 0) {
      return EqualRows.outcomes(equal, few, 0);
    }
    db.run(
        "CREATE TABLE twins AS SELECT split.rn FROM split JOIN content USING (rn) JOIN"
            + " (SELECT hash, max(part) AS part FROM split JOIN content USING (rn) GROUP BY hash)"
            + " AS last USING (hash) WHERE split.part < last.part");
    long dropped = db.number("SELECT count(*) FROM twins");
    if (dropped > 0) {
      db.run("DELETE FROM split WHERE rn IN (SELECT rn FROM twins)");
    }
    return EqualRows.outcomes(equal, false, dropped);
  }
}
