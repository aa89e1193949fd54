package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One location of one format; exactly one of the formats is set. A location is a path (relative
 * ones are resolved against the spec's folder), {@code file:}, {@code s3://bucket/key} or {@code
 * http(s)://}. Paths and keys may hold {@code *}, {@code **} and {@code ?}; one that ends in {@code
 * /} is every file of the format below it.
 *
 * @param images a folder with one folder of pictures for each class
 * @param header whether the first line of a CSV names the columns, which are {@code column1} and so
 *     on otherwise; null is true
 * @param avro Avro object container files
 * @param jdbc a table or query of a database
 * @param predictions the labelled rows of a model's own prediction log
 * @param decimal what stands before the decimals in a CSV, {@code .} or {@code ,}; null is {@code
 *     ,} where the delimiter is a semicolon and a column's values only fit that, else {@code .}
 * @param encoding of a CSV, such as {@code windows-1252}; null is UTF-8, or UTF-16 where the file
 *     begins with its mark
 * @param partitions keys of {@code key=value} folders that become columns, in this order; null for
 *     none
 * @param incremental only what is new is read; null reads all
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record SourceSpec(
    @Nullable String csv,
    @Nullable String parquet,
    @Nullable String jsonl,
    @Nullable String images,
    @Nullable Boolean header,
    @Nullable String avro,
    @Nullable JdbcSpec jdbc,
    @Nullable PredictionsSpec predictions,
    @Nullable String decimal,
    @Nullable String encoding,
    @Nullable List<String> partitions,
    @Nullable IncrementalSpec incremental) {
  public SourceSpec {
    // absent stays absent: a spec written before there was this key keeps its digest
    partitions = partitions == null || partitions.isEmpty() ? null : List.copyOf(partitions);
  }

  /** A table. */
  public SourceSpec(@Nullable String csv, @Nullable String parquet, @Nullable String jsonl) {
    this(csv, parquet, jsonl, null, null);
  }

  /** Files as they are. */
  public SourceSpec(
      @Nullable String csv,
      @Nullable String parquet,
      @Nullable String jsonl,
      @Nullable String images,
      @Nullable Boolean header) {
    this(csv, parquet, jsonl, images, header, null, null, null, null, null, null, null);
  }

  /** All that is there, without asking what is new. */
  public SourceSpec(
      @Nullable String csv,
      @Nullable String parquet,
      @Nullable String jsonl,
      @Nullable String images,
      @Nullable Boolean header,
      @Nullable String avro,
      @Nullable JdbcSpec jdbc,
      @Nullable PredictionsSpec predictions,
      @Nullable String decimal,
      @Nullable String encoding,
      @Nullable List<String> partitions) {
    this(
        csv,
        parquet,
        jsonl,
        images,
        header,
        avro,
        jdbc,
        predictions,
        decimal,
        encoding,
        partitions,
        null);
  }

  /** {@code csv}, {@code parquet}, {@code jsonl}, {@code images}, … as its key in the spec. */
  public String format() {
    return csv != null
        ? "csv"
        : parquet != null
            ? "parquet"
            : images != null
                ? "images"
                : avro != null
                    ? "avro"
                    : jdbc != null ? "jdbc" : predictions != null ? "predictions" : "jsonl";
  }

  /** Where files lie; a database's URL; {@code predictions:<model>}. */
  public String location() {
    String location =
        switch (format()) {
          case "csv" -> csv;
          case "parquet" -> parquet;
          case "images" -> images;
          case "avro" -> avro;
          case "jdbc" -> jdbc == null ? null : jdbc.url();
          case "predictions" -> predictions == null ? null : "predictions:" + predictions.model();
          default -> jsonl;
        };
    if (location == null) {
      throw new IllegalArgumentException(
          "source: {} (expected: one of csv, parquet, jsonl, avro, jdbc, predictions, images)");
    }
    return location;
  }
}
