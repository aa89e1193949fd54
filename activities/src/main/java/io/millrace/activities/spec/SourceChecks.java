package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Combinations of {@code data.source} that cannot be. */
final class SourceChecks {
  private static final List<String> FORMATS =
      List.of("csv", "parquet", "jsonl", "avro", "jdbc", "predictions", "images");
  private static final List<String> FILES = List.of("csv", "parquet", "jsonl", "avro", "images");
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");
  private static final Set<String> SCHEMES = Set.of("file", "s3", "http", "https");
  private static final Pattern SECRET_IN_URL =
      Pattern.compile("(?i).*[?&;](user|password)=.*|.*//[^/]*@.*");
  private static final Pattern TABLE =
      Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$ ]*(\\.[\\p{L}_][\\p{L}\\p{N}_$ ]*){0,2}");

  /** Stands for a value that may hold a password. */
  private static final JsonNode NOTHING = MissingNode.getInstance();

  private SourceChecks() {}

  static void run(Findings found) {
    JsonNode source = found.at("data.source");
    found.oneOf("data.source", source, FORMATS);
    FILES.forEach(
        format -> {
          if (source.has(format)) {
            location(found, Places.child("data.source", format), source.path(format));
          }
        });
    for (String key : List.of("header", "decimal", "encoding")) {
      found.check(
          !source.has(key) || source.has("csv"),
          "data.source." + key,
          source.path(key),
          "nothing, unless the source is csv");
    }
    found.check(
        !source.has("encoding") || known(source.path("encoding").asText("")),
        "data.source.encoding",
        source.path("encoding"),
        "a character set such as windows-1252");
    boolean files = FILES.stream().anyMatch(source::has) && !source.has("images");
    found.check(
        source.path("partitions").isEmpty() || files,
        "data.source.partitions",
        source.path("partitions"),
        "nothing, unless the source is files of a table");
    jdbc(found, source.path("jdbc"));
    predictions(found, source);
    incremental(found, source);
  }

  private static void incremental(Findings found, JsonNode source) {
    if (!source.has("incremental")) {
      return;
    }
    String path = "data.source.incremental";
    found.check(
        !source.has("images") && !source.has("predictions"),
        path,
        NOTHING,
        "nothing, unless the source is files of a table or jdbc");
    for (String key : List.of("data.forecast", "data.recommend", "data.image")) {
      found.check(
          found.at(key).isMissingNode(),
          path,
          NOTHING,
          "nothing beside " + key + ": it needs all rows");
    }
    found.check(
        found.at("retraining.data.reference-plus-last").isMissingNode(),
        path,
        NOTHING,
        "nothing beside retraining.data.reference-plus-last: new rows come from the source");
  }

  private static void location(Findings found, String path, JsonNode value) {
    var scheme = SCHEME.matcher(value.asText(""));
    found.check(
        !scheme.matches() || SCHEMES.contains(scheme.group(1)),
        path,
        value,
        "a path, file:, s3:// or http(s):// address");
  }

  private static boolean known(String encoding) {
    try {
      return Charset.isSupported(encoding);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void jdbc(Findings found, JsonNode jdbc) {
    if (!jdbc.isObject()) {
      return;
    }
    String url = jdbc.path("url").asText("");
    String path = "data.source.jdbc.url";
    found.check(
        url.isEmpty() || url.startsWith("jdbc:postgresql:"),
        path,
        jdbc.path("url"),
        "jdbc:postgresql://host:port/database");
    if (SECRET_IN_URL.matcher(url).matches()) {
      // the value may hold the password
      found.check(false, path, NOTHING, "no user and password in it: they are keys of their own");
    }
    found.check(
        jdbc.has("table") != jdbc.has("query"),
        "data.source.jdbc",
        NOTHING,
        "one of table, query beside url");
    found.check(
        !jdbc.has("table") || TABLE.matcher(jdbc.path("table").asText("")).matches(),
        "data.source.jdbc.table",
        jdbc.path("table"),
        "a table such as public.loans");
    found.check(
        !jdbc.path("query").asText("").contains(";"),
        "data.source.jdbc.query",
        jdbc.path("query"),
        "one SELECT, without ;");
  }

  private static void predictions(Findings found, JsonNode source) {
    if (source.has("predictions")) {
      found.check(
          !found.at("data.id").isMissingNode(),
          "data.id",
          found.at("data.id"),
          "the column that names a row: predictions and labels are joined by it");
    }
  }
}
