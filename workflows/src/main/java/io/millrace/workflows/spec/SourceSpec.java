package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * One location of one format; exactly one field is set. {@code images} is a folder with one folder
 * of pictures for each class. A location is a path (relative ones are resolved against the spec's
 * folder), {@code file:}, {@code s3://bucket/key} or {@code http(s)://}.
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record SourceSpec(
    @Nullable String csv,
    @Nullable String parquet,
    @Nullable String jsonl,
    @Nullable String images) {

  /** A table. */
  public SourceSpec(@Nullable String csv, @Nullable String parquet, @Nullable String jsonl) {
    this(csv, parquet, jsonl, null);
  }

  /** {@code csv}, {@code parquet}, {@code jsonl} or {@code images}. */
  public String format() {
    return csv != null ? "csv" : parquet != null ? "parquet" : images != null ? "images" : "jsonl";
  }

  public String location() {
    String location =
        csv != null ? csv : parquet != null ? parquet : images != null ? images : jsonl;
    if (location == null) {
      throw new IllegalArgumentException(
          "source: {} (expected: one of csv, parquet, jsonl, images)");
    }
    return location;
  }
}
