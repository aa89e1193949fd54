package io.millrace.activities.query;

import io.millrace.activities.dataset.DuckDb;
import java.time.Instant;
import java.util.List;

/**
 * What two engines call differently; everything else that is asked is the same text for both.
 * Athena's is Trino's ("Athena engine version 3").
 */
public enum Dialect {
  DUCKDB {
    @Override
    String scalar(String json, List<String> path) {
      StringBuilder pointer = new StringBuilder();
      path.forEach(n -> pointer.append('/').append(n.replace("~", "~0").replace("/", "~1")));
      return "json_extract_string(" + json + ", " + DuckDb.text(pointer.toString()) + ")";
    }

    @Override
    String instant(String text) {
      return "try_cast(" + text + " AS TIMESTAMPTZ)";
    }

    @Override
    String digest(String text) {
      return "md5(" + text + ")";
    }

    @Override
    String matches(String text, String regex) {
      return "regexp_full_match(" + text + ", " + DuckDb.text(regex) + ")";
    }

    @Override
    String written(String rows, String number, String name) {
      return NumberText.with(
          rows, "CAST(%s AS VARCHAR) AS %s".formatted(number, DuckDb.name(name)));
    }

    @Override
    String finite(String number) {
      return "isfinite(" + number + ")";
    }

    @Override
    String distinct(String value) {
      return "approx_count_distinct(" + value + ")";
    }

    @Override
    String quantiles(String number, int count) {
      return "quantile_disc(" + number + ", [" + ranks(count) + "])";
    }

    @Override
    String bin(String number, List<Double> edges) {
      return "len(list_filter([%s], lambda e: e <= %s))".formatted(doubles(edges), number);
    }

    @Override
    String millis(String instant) {
      return "epoch_ms(" + instant + ")";
    }

    @Override
    String joined(String list) {
      return "array_to_string(" + list + ", ' ')";
    }
  },

  TRINO {
    @Override
    String scalar(String json, List<String> path) {
      StringBuilder names = new StringBuilder("$");
      path.forEach(
          n ->
              names
                  .append("[\"")
                  .append(n.replace("\\", "\\\\").replace("\"", "\\\""))
                  .append("\"]"));
      return "json_extract_scalar(" + json + ", " + DuckDb.text(names.toString()) + ")";
    }

    @Override
    String instant(String text) {
      return "try(from_iso8601_timestamp(" + text + "))";
    }

    @Override
    String digest(String text) {
      return "to_hex(md5(to_utf8(" + text + ")))";
    }

    @Override
    String matches(String text, String regex) {
      return "regexp_like(" + text + ", " + DuckDb.text("\\A(?:" + regex + ")\\z") + ")";
    }

    @Override
    String written(String rows, String number, String name) {
      return NumberText.beside(rows, number, name);
    }

    @Override
    String finite(String number) {
      return "is_finite(" + number + ")";
    }

    @Override
    String distinct(String value) {
      return "approx_distinct(" + value + ")";
    }

    @Override
    String quantiles(String number, int count) {
      return "approx_percentile(" + number + ", ARRAY[" + ranks(count) + "])";
    }

    @Override
    String bin(String number, List<Double> edges) {
      return "width_bucket(%s, ARRAY[%s])".formatted(number, doubles(edges));
    }

    @Override
    String millis(String instant) {
      return "CAST(to_unixtime(" + instant + ") * 1000 AS BIGINT)";
    }

    @Override
    String joined(String list) {
      return "array_join(" + list + ", ' ')";
    }
  };

  /** A member of a JSON text as text; null for none. */
  abstract String scalar(String json, List<String> path);

  /** ISO-8601 text with a zone as an instant; null for any other text. */
  abstract String instant(String text);

  /** A text's MD5, of any letters that sort alike; picks rows without regard to what they say. */
  abstract String digest(String text);

  /** Whether the whole text matches; RE2 in DuckDB, Joni in Athena. */
  abstract String matches(String text, String regex);

  /** Rows with one more column, a number as DuckDB writes it. */
  abstract String written(String rows, String number, String name);

  /** Neither infinite nor NaN. */
  abstract String finite(String number);

  /** About how many different values: an aggregate. */
  abstract String distinct(String value);

  /** An aggregate: a list of so many quantiles, evenly spread; exact in DuckDB. */
  abstract String quantiles(String number, int count);

  /** How many of the ascending edges are at or below a number. */
  abstract String bin(String number, List<Double> edges);

  /** An instant as milliseconds of the epoch. */
  abstract String millis(String instant);

  /** A list of numbers as one text with blanks between. */
  abstract String joined(String list);

  /** An instant as it is written in SQL. */
  String instant(Instant at) {
    return instant(DuckDb.text(at.toString()));
  }

  private static String ranks(int count) {
    return DuckDb.list(count, i -> number((i + 0.5) / count));
  }

  /** As DOUBLE: {@code 0.5} alone is a decimal. */
  static String number(double value) {
    String text = Double.toString(value);
    return text.indexOf('E') < 0 ? text + "E0" : text;
  }

  private static String doubles(List<Double> values) {
    return DuckDb.list(values.size(), i -> number(values.get((int) i)));
  }
}
