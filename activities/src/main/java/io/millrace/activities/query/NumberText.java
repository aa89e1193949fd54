package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;

/**
 * A number as the text that DuckDB has for it ({@code 42.0}, {@code 0.001}, {@code 1.5e-07}), in
 * the SQL of an engine that writes it otherwise ({@code 4.2E1}). The digits are the engine's own,
 * of {@code CAST(… AS VARCHAR)} in whatever form; the point and the exponent are put anew. Each
 * step is a column of a select around the one before, as it is used more than once by the next.
 */
final class NumberText {
  private NumberText() {}

  /**
   * @param rows a select in brackets
   * @param number a column of it, DOUBLE
   * @param name of the column that is added; its own prefix keeps two of them apart
   * @return a select in brackets
   */
  static String beside(String rows, String number, String name) {
    return beside(rows, number, "CAST(%s AS VARCHAR)".formatted(number), name);
  }

  /**
   * @param cast the engine's own text of it
   */
  static String beside(String rows, String number, String cast, String name) {
    String text = DuckDb.name(name + "$text");
    String sign = DuckDb.name(name + "$sign");
    String mantissa = DuckDb.name(name + "$mantissa");
    String exponent = DuckDb.name(name + "$exponent");
    String whole = DuckDb.name(name + "$whole");
    String fraction = DuckDb.name(name + "$fraction");
    String all = DuckDb.name(name + "$all");
    String digits = DuckDb.name(name + "$digits");
    String point = DuckDb.name(name + "$point");
    String plain =
        with(
            with(
                with(
                    with(
                        with(
                            rows,
                            "lower(regexp_replace(%s, '^-', '')) AS %s".formatted(cast, text),
                            "CASE WHEN %s LIKE '-%%' THEN '-' ELSE '' END AS %s"
                                .formatted(cast, sign)),
                        "split_part(%s, 'e', 1) AS %s".formatted(text, mantissa),
                        ("CASE WHEN strpos(%1$s, 'e') > 0 THEN"
                                + " CAST(replace(split_part(%1$s, 'e', 2), '+', '') AS BIGINT)"
                                + " ELSE 0 END AS %2$s")
                            .formatted(text, exponent)),
                    "split_part(%s, '.', 1) AS %s".formatted(mantissa, whole),
                    // Trino has null for a part that is not there
                    "coalesce(split_part(%s, '.', 2), '') AS %s".formatted(mantissa, fraction)),
                "regexp_replace(%s || %s, '^0+', '') AS %s".formatted(whole, fraction, all)),
            "regexp_replace(%s, '0+$', '') AS %s".formatted(all, digits),
            // how many digits stand before the point
            "CAST(%s + length(%s) - length(%s) AS INTEGER) AS %s"
                .formatted(exponent, all, fraction, point));
    return with(
        plain,
        ("CASE WHEN %1$s IS NULL THEN NULL WHEN %2$s = '' THEN %3$s || '0.0'"
                + " WHEN %4$s BETWEEN -3 AND 0 THEN"
                + " %3$s || '0.' || lpad(%2$s, CAST(length(%2$s) - %4$s AS INTEGER), '0')"
                + " WHEN %4$s BETWEEN 1 AND 16 AND %4$s >= length(%2$s) THEN"
                + " %3$s || rpad(%2$s, %4$s, '0') || '.0'"
                + " WHEN %4$s BETWEEN 1 AND 16 THEN"
                + " %3$s || substr(%2$s, 1, %4$s) || '.' || substr(%2$s, %4$s + 1)"
                + " ELSE %3$s || substr(%2$s, 1, 1)"
                + " || CASE WHEN length(%2$s) > 1 THEN '.' || substr(%2$s, 2) ELSE '' END"
                + " || CASE WHEN %4$s < 1 THEN 'e-' ELSE 'e+' END"
                + " || CASE WHEN abs(%4$s - 1) < 10 THEN '0' ELSE '' END"
                + " || CAST(abs(%4$s - 1) AS VARCHAR) END AS %5$s")
            .formatted(number, digits, sign, point, DuckDb.name(name)));
  }

  /** Rows with more columns. */
  static String with(String rows, String... columns) {
    return "(SELECT t.*, %s FROM %s t)".formatted(String.join(", ", columns), rows);
  }
}
