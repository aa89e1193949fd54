package io.millrace.inference.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.model.Feature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.datasketches.common.SketchesException;
import org.apache.datasketches.hll.HllSketch;
import org.jspecify.annotations.Nullable;

/**
 * A profile as JSON. Sketches are base64: the levels of a quantile sketch as {@link PackedLevel}
 * says, the distinct count as DataSketches writes it.
 */
final class ProfileJson {
  private static final int FORMAT = 1;
  private static final int MAX_COLUMNS = 100_000;
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build());

  private ProfileJson() {}

  static byte[] write(Profile profile) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeNumberField("format", FORMAT);
      out.writeNumberField("rows", profile.rows());
      out.writeArrayFieldStart("columns");
      for (ColumnProfile column : profile.columns()) {
        out.writeStartObject();
        out.writeStringField("name", column.name());
        out.writeStringField("kind", column.kind().name());
        out.writeNumberField("count", column.count());
        out.writeNumberField("missing", column.missing());
        switch (column) {
          case NumberProfile number -> write(number, out);
          case CategoryProfile category -> write(category, out);
        }
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  private static void write(NumberProfile number, JsonGenerator out) throws IOException {
    if (number.count() == 0) {
      return;
    }
    NumberProfile.Moments moments = number.moments();
    out.writeNumberField("mean", moments.mean());
    out.writeNumberField("m2", moments.m2());
    out.writeNumberField("min", moments.min());
    out.writeNumberField("max", moments.max());
    out.writeNumberField("k", QuantileSketch.K);
    out.writeArrayFieldStart("levels");
    for (int h = 0; h < number.sketch().levels(); h++) {
      double[] values = number.sketch().level(h);
      Arrays.sort(values);
      PackedLevel.write(values, out);
    }
    out.writeEndArray();
  }

  private static void write(CategoryProfile category, JsonGenerator out) throws IOException {
    Levels levels = category.levels();
    out.writeBooleanField("exact", levels.isExact());
    if (!levels.isExact()) {
      out.writeNumberField("error", levels.error());
      out.writeFieldName("distinct");
      out.writeBinary(levels.distinctBytes());
    }
    out.writeObjectFieldStart("counts");
    for (Map.Entry<String, Long> level : category.counts().entrySet()) {
      out.writeNumberField(level.getKey(), level.getValue());
    }
    out.writeEndObject();
  }

  static Profile read(byte[] json) {
    try {
      return read(JSON.readTree(json));
    } catch (IOException e) {
      throw new IllegalArgumentException("profile: not JSON: " + e.getMessage(), e);
    }
  }

  static Profile read(@Nullable JsonNode root) {
    try {
      if (root == null || !root.isObject()) {
        throw bad("", "no object", "a JSON object");
      }
      if (whole(root, "format", "") != FORMAT) {
        throw bad("format", root.get("format"), "1");
      }
      long rows = whole(root, "rows", "");
      JsonNode columns = root.path("columns");
      if (!columns.isArray() || columns.size() > MAX_COLUMNS) {
        throw bad("columns", columns.size(), "a list of at most " + MAX_COLUMNS);
      }
      List<ColumnProfile> read = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        read.add(column(columns.get(i), "columns[" + i + "]."));
      }
      return new Profile(rows, read);
    } catch (IOException e) {
      throw new IllegalArgumentException("profile: not JSON: " + e.getMessage(), e);
    } catch (SketchesException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new IllegalArgumentException("profile: a sketch cannot be read: " + e.getMessage(), e);
    }
  }

  private static ColumnProfile column(JsonNode node, String at) throws IOException {
    String name = text(node, "name", at);
    String kind = text(node, "kind", at);
    long count = whole(node, "count", at);
    long missing = whole(node, "missing", at);
    if (kind.equals(Feature.Kind.NUMBER.name())) {
      return number(name, count, missing, node, at);
    }
    if (kind.equals(Feature.Kind.CATEGORY.name())) {
      return category(name, count, missing, node, at);
    }
    throw bad(at + "kind", kind, "NUMBER or CATEGORY");
  }

  private static NumberProfile number(
      String name, long count, long missing, JsonNode node, String at) throws IOException {
    QuantileSketch sketch = new QuantileSketch();
    if (count == 0) {
      return new NumberProfile(name, missing, NumberProfile.Moments.NONE, sketch);
    }
    NumberProfile.Moments moments =
        new NumberProfile.Moments(
            real(node, "mean", at),
            real(node, "m2", at),
            real(node, "min", at),
            real(node, "max", at));
    JsonNode levels = node.path("levels");
    if (!levels.isArray() || levels.size() > 60) {
      throw bad(at + "levels", levels.size(), "a list of at most 60");
    }
    for (int h = 0; h < levels.size(); h++) {
      double[] values = PackedLevel.read(levels.get(h), at + "levels[" + h + "]", count >> h);
      double before = moments.min();
      for (double value : values) {
        if (!(value >= before && value <= moments.max())) {
          throw bad(at + "levels[" + h + "]", value, "ascending, from min to max");
        }
        before = value;
      }
      sketch.load(h, values);
    }
    if (sketch.count() != count) {
      throw bad(at + "levels", sketch.count() + " rows", count + " rows, as count says");
    }
    return new NumberProfile(name, missing, moments, sketch);
  }

  private static CategoryProfile category(
      String name, long count, long missing, JsonNode node, String at) throws IOException {
    JsonNode listed = node.path("counts");
    if (!listed.isObject()) {
      throw bad(at + "counts", listed.getNodeType(), "an object");
    }
    Map<String, Long> counts = new TreeMap<>();
    long sum = 0;
    for (Map.Entry<String, JsonNode> level : listed.properties()) {
      long times = whole(listed, level.getKey(), at + "counts.");
      if (times == 0) {
        throw bad(at + "counts." + level.getKey(), 0, "> 0");
      }
      counts.put(level.getKey(), times);
      sum = Math.addExact(sum, times);
    }
    JsonNode exact = node.path("exact");
    if (!exact.isBoolean()) {
      throw bad(at + "exact", exact, "true or false");
    }
    if (exact.booleanValue() ? sum != count || counts.size() > Levels.EXACT : sum > count) {
      throw bad(at + "counts", sum + " rows", count + " rows, as count says");
    }
    if (exact.booleanValue()) {
      return new CategoryProfile(name, missing, Levels.exact(counts));
    }
    HllSketch distinct =
        HllSketch.heapify(MemorySegment.ofArray(binary(node.path("distinct"), at + "distinct")));
    long error = whole(node, "error", at);
    return new CategoryProfile(name, missing, Levels.sketched(counts, error, count, distinct));
  }

  private static String text(JsonNode node, String field, String at) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw bad(at + field, value, "text");
    }
    return value.textValue();
  }

  private static long whole(JsonNode node, String field, String at) {
    JsonNode value = node.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw bad(at + field, value, "a whole number >= 0");
    }
    return value.longValue();
  }

  private static double real(JsonNode node, String field, String at) {
    JsonNode value = node.path(field);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw bad(at + field, value, "a finite number");
    }
    return value.doubleValue();
  }

  static byte[] binary(JsonNode value, String at) throws IOException {
    if (!value.isTextual()) {
      throw bad(at, value, "base64 text");
    }
    return value.binaryValue();
  }

  static IllegalArgumentException bad(String field, Object value, String expected) {
    String shown = String.valueOf(value);
    return new IllegalArgumentException(
        "profile: "
            + field
            + ": "
            + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
            + " (expected: "
            + expected
            + ")");
  }
}
