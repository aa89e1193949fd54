package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.query.QueryEngine.Answer;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.inference.profile.ProfileBuilder.NumberMoments;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A table's Profile, by SQL alone: rows never leave the engine.
 *
 * <p>Counts of rows, missing values and texts, minima, maxima, means and variances are exact (the
 * last two within rounding). A number column of up to {@value #BINS} different values (about) is
 * counted value by value. One of more is cut at {@value #BINS} quantiles, which may be approximate,
 * and then the rows between two cuts are counted exactly, with the least and the greatest value
 * among them; each stands for half of the bin. A rank is therefore off by at most half of the
 * largest bin, some 0.1 %, where a sketch of all rows is off by 0.24 % with 99 % confidence; what
 * the Profile says of its own error is the latter.
 */
public final class TableProfile {
  /** Cuts of a column: four times as many as a sketch of the same error would need levels. */
  static final int BINS = 512;

  /** Columns of one statement, at most. */
  private static final int BATCH = 16;

  /** Characters of a statement, of the 262,144 that Athena takes, and of one column's cuts. */
  private static final int STATEMENT = 250_000;

  private static final int CUTS = 12_500;

  /** Moments, extremes and cuts of one column. */
  private static final int FACTS = 7;

  private final QueryEngine engine;
  private final Asked asked;
  private long scannedBytes;

  private record Facts(NumberMoments moments, long distinct, List<Double> edges) {}

  private TableProfile(QueryEngine engine, Asked asked) {
    this.engine = engine;
    this.asked = asked;
  }

  /**
   * @param scannedBytes of all questions together
   */
  public record Profiled(Profile profile, long scannedBytes) {}

  /**
   * The profile of some columns.
   *
   * @param table of Parquet: a log would be read once for each column, and has Profiles of its own
   * @param names of columns; null for all
   */
  public static Profiled of(
      QueryEngine engine, StoredTable table, @Nullable List<String> names, Asked asked) {
    if (table.format() != StoredTable.Format.PARQUET) {
      throw new IllegalArgumentException("table: " + table.format() + " (expected: PARQUET)");
    }
    TableProfile made = new TableProfile(engine, asked);
    List<Profile.Column> columns =
        table.profiled().stream().filter(c -> names == null || names.contains(c.name())).toList();
    Profile profile = made.of(engine.relation(table, asked), columns);
    return new Profiled(profile, made.scannedBytes);
  }

  private Profile of(String rows, List<Profile.Column> columns) {
    ProfileBuilder builder = new ProfileBuilder(columns);
    List<Integer> numbers = new ArrayList<>();
    List<Integer> texts = new ArrayList<>();
    for (int c = 0; c < columns.size(); c++) {
      (columns.get(c).kind() == Feature.Kind.NUMBER ? numbers : texts).add(c);
    }
    long total = Long.parseLong(text(ask("SELECT count(*) FROM " + rows + " t").row().getFirst()));
    // each column names the rows anew, and with them every object of a version of many parts
    int batch = Math.clamp(STATEMENT / (rows.length() + CUTS), 1, BATCH);
    for (int at = 0; at < texts.size(); at += batch) {
      texts(rows, columns, texts.subList(at, Math.min(texts.size(), at + batch)), builder);
    }
    for (int at = 0; at < numbers.size(); at += batch) {
      numbers(rows, columns, numbers.subList(at, Math.min(numbers.size(), at + batch)), builder);
    }
    builder.endRows(total);
    return builder.build();
  }

  private void texts(
      String rows, List<Profile.Column> columns, List<Integer> some, ProfileBuilder builder) {
    List<String> counts = new ArrayList<>();
    for (int c : some) {
      counts.add(
          "SELECT %d AS c, %s AS v, count(*) AS n FROM %s t GROUP BY 2"
              .formatted(c, DuckDb.name(columns.get(c).name()), rows));
    }
    // in the order of the texts, so that equal rows give equal bytes beyond the exact counts too
    Answer answer = ask(String.join(" UNION ALL ", counts) + " ORDER BY 1, 2");
    for (List<@Nullable String> row : answer.rows()) {
      builder.addAll(
          Integer.parseInt(text(row.get(0))), row.get(1), Long.parseLong(text(row.get(2))));
    }
  }

  private void numbers(
      String rows, List<Profile.Column> columns, List<Integer> some, ProfileBuilder builder) {
    List<Facts> facts = facts(rows, columns, some);
    List<String> counts = new ArrayList<>();
    for (int i = 0; i < some.size(); i++) {
      String x = DuckDb.name(columns.get(some.get(i)).name());
      Facts own = facts.get(i);
      String bin = own.distinct() <= BINS ? "t." + x : engine.dialect().bin("t." + x, own.edges());
      // grouped in a select of its own: a bin is an expression, which not every GROUP BY takes
      counts.add(
          ("SELECT %d AS c, min(v) AS least, max(v) AS most, count(*) AS n FROM"
                  + " (SELECT t.%s AS v, %s AS b FROM %s t WHERE %s) g GROUP BY b")
              .formatted(i, x, bin, rows, engine.dialect().finite("t." + x)));
    }
    Answer answer = ask(String.join(" UNION ALL ", counts) + " ORDER BY 1, 2");
    for (int i = 0; i < some.size(); i++) {
      List<double[]> values = new ArrayList<>();
      for (List<@Nullable String> row : answer.rows()) {
        if (Integer.parseInt(text(row.get(0))) == i) {
          double least = Double.parseDouble(text(row.get(1)));
          double most = Double.parseDouble(text(row.get(2)));
          long n = Long.parseLong(text(row.get(3)));
          long half = least == most ? n : (n + 1) / 2;
          values.add(new double[] {least, half});
          values.add(new double[] {most, n - half});
        }
      }
      builder.addAll(some.get(i), facts.get(i).moments(), values);
    }
  }

  private List<Facts> facts(String rows, List<Profile.Column> columns, List<Integer> some) {
    List<String> asked = new ArrayList<>();
    for (int c : some) {
      String x = "t." + DuckDb.name(columns.get(c).name());
      // what is not finite counts as missing, as everywhere
      String v = "CASE WHEN %s THEN %s END".formatted(engine.dialect().finite(x), x);
      asked.add(
          "count(%1$s), avg(%1$s), var_pop(%1$s), min(%1$s), max(%1$s), %2$s, %3$s"
              .formatted(
                  v,
                  engine.dialect().distinct(v),
                  engine.dialect().joined(engine.dialect().quantiles(v, BINS))));
    }
    List<@Nullable String> row =
        ask("SELECT " + String.join(", ", asked) + " FROM " + rows + " t").row();
    List<Facts> facts = new ArrayList<>();
    for (int i = 0; i < some.size(); i++) {
      List<@Nullable String> own = row.subList(i * FACTS, (i + 1) * FACTS);
      long count = Long.parseLong(text(own.get(0)));
      NumberMoments moments =
          count == 0
              ? NumberMoments.NONE
              : new NumberMoments(
                  Double.parseDouble(text(own.get(1))),
                  Double.parseDouble(text(own.get(2))) * count,
                  Double.parseDouble(text(own.get(3))),
                  Double.parseDouble(text(own.get(4))));
      facts.add(new Facts(moments, Long.parseLong(text(own.get(5))), edges(own.get(6))));
    }
    return facts;
  }

  /**
   * Quantiles, ascending. A value that many rows have is several of them, and gets a bin of its
   * own; so does 0, which most often is such a value.
   */
  private static List<Double> edges(@Nullable String quantiles) {
    Set<Double> edges = new TreeSet<>(List.of(0.0, Math.nextUp(0.0)));
    if (quantiles != null) {
      double before = Double.NaN;
      for (String quantile : quantiles.trim().split(" ")) {
        double edge = Double.parseDouble(quantile) + 0.0; // no -0.0
        edges.add(edge);
        if (edge == before) {
          edges.add(Math.nextUp(edge));
        }
        before = edge;
      }
    }
    return List.copyOf(edges);
  }

  private Answer ask(String sql) {
    Answer answer = engine.ask(sql, asked);
    scannedBytes += answer.scannedBytes();
    return answer;
  }

  private static String text(@Nullable String value) {
    if (value == null) {
      throw new IllegalStateException("answer: no value (expected: a number)");
    }
    return value;
  }
}
