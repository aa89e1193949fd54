package io.millrace.activities.watch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Profiles of several parts of one hour's log, merged: {@code <digest of what it covers>.hour.json}
 * beside them. It is derived: what it covers is in its name, so that one that is behind is not
 * found, and one that is lost is made again.
 *
 * @param parts names in the folder, without the ending, ascending
 * @param erased marks of the erasures after which it was made, ascending
 * @param from time of the first row
 * @param firstTo the least of the parts' ends
 * @param to time of the last row, the greatest of the parts' ends
 */
record HourProfile(
    List<String> parts,
    List<String> erased,
    Instant from,
    Instant firstTo,
    Instant to,
    long rows,
    Profile profile) {
  static final String ENDING = ".hour.json";

  /** Of names too: another format's are not found. */
  private static final int FORMAT = 1;

  private static final ObjectMapper JSON = new ObjectMapper(new JsonFactory());

  HourProfile {
    parts = List.copyOf(new TreeSet<>(parts));
    erased = List.copyOf(new TreeSet<>(erased));
  }

  /** Of one part. */
  static HourProfile of(LogPart part, List<String> erased) {
    String name = part.key().substring(part.key().lastIndexOf('/') + 1);
    return new HourProfile(
        List.of(name), erased, part.from(), part.to(), part.to(), part.rows(), part.profile());
  }

  /** The file's name of one that covers these. */
  static String name(Collection<String> parts, Collection<String> erased) {
    String covered =
        FORMAT
            + "\n"
            + String.join("\n", new TreeSet<>(parts))
            + "\n\n"
            + String.join("\n", erased);
    return PayloadJson.sha256(covered).substring(0, 24) + ENDING;
  }

  String name() {
    return name(parts, erased);
  }

  /** Both; they cover no part twice. */
  HourProfile merge(HourProfile other) {
    List<String> both = new ArrayList<>(parts);
    both.addAll(other.parts);
    return new HourProfile(
        both,
        erased,
        from.isBefore(other.from) ? from : other.from,
        firstTo.isBefore(other.firstTo) ? firstTo : other.firstTo,
        to.isAfter(other.to) ? to : other.to,
        Math.addExact(rows, other.rows),
        profile.merge(other.profile));
  }

  /** UTF-8. */
  byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeNumberField("format", FORMAT);
      out.writeStringField("from", from.toString());
      out.writeStringField("firstTo", firstTo.toString());
      out.writeStringField("to", to.toString());
      out.writeNumberField("rows", rows);
      names(out, "parts", parts);
      names(out, "erased", erased);
      out.writeFieldName("profile");
      out.writeRawValue(new String(profile.toJson(), StandardCharsets.UTF_8));
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  private static void names(JsonGenerator out, String field, List<String> names)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (String name : names) {
      out.writeString(name);
    }
    out.writeEndArray();
  }

  /**
   * @throws IllegalArgumentException when the bytes are anything but what {@link #toJson} wrote
   */
  static HourProfile fromJson(byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root.path("format").asInt() != FORMAT || !root.path("profile").isObject()) {
        throw new IllegalArgumentException(
            "hour: format " + root.path("format") + " (expected: " + FORMAT + ", with a profile)");
      }
      return new HourProfile(
          names(root.path("parts")),
          names(root.path("erased")),
          Instant.parse(root.path("from").asText()),
          Instant.parse(root.path("firstTo").asText()),
          Instant.parse(root.path("to").asText()),
          root.path("rows").asLong(),
          Profile.fromJson(root.get("profile")));
    } catch (IOException | DateTimeException e) {
      throw new IllegalArgumentException("hour: cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> names(JsonNode list) {
    List<String> names = new ArrayList<>();
    list.forEach(name -> names.add(name.asText()));
    return names;
  }
}
