package io.millrace.inference.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.profile.Profile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * {@code <part>.profile.json}: what the rows of one part look like.
 *
 * @param from time of the first row
 * @param to time of the last row
 * @param rows number of rows
 * @param profile of the features, and of the score as the column {@link #PREDICTION}
 */
public record PartProfile(Instant from, Instant to, long rows, Profile profile) {
  /** Name of the column of scores. */
  public static final String PREDICTION = "prediction";

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(18).build())
              .build());

  /** UTF-8 {@code {"from":…,"to":…,"rows":n,"profile":{…}}}. */
  public byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringField("from", from.toString());
      out.writeStringField("to", to.toString());
      out.writeNumberField("rows", rows);
      out.writeFieldName("profile");
      out.writeRawValue(new String(profile.toJson(), StandardCharsets.UTF_8));
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IllegalArgumentException when the bytes are anything but what {@link #toJson} wrote
   */
  public static PartProfile fromJson(byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      JsonNode rows = root.path("rows");
      if (!rows.isIntegralNumber() || !root.path("profile").isObject()) {
        throw new IllegalArgumentException(
            "part profile: no rows or profile (expected: from, to, rows, profile)");
      }
      return new PartProfile(
          Instant.parse(root.path("from").asText()),
          Instant.parse(root.path("to").asText()),
          rows.longValue(),
          Profile.fromJson(root.get("profile")));
    } catch (IOException | DateTimeException e) {
      throw new IllegalArgumentException("part profile: cannot be read: " + e.getMessage(), e);
    }
  }
}
