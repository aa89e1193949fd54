package io.millrace.inference.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code <instance>-<seq>-<last second>.traffic.json}, beside the parts of the prediction log: what
 * one instance of a version answered, second by second. A rollout's analysis reads it where no
 * server can be asked: an instance of a function has no address, and the platform's own metrics
 * come minutes late.
 *
 * @param seconds in order, none twice, with gaps where nothing was asked
 */
public record TrafficPart(List<Second> seconds) {
  /** How the keys of such parts end. */
  public static final String ENDING = ".traffic.json";

  /** Equal bins of the score, see {@link #score}. */
  public static final int SCORES = 20;

  /** Eight per doubling from 1 µs to 16 s. */
  public static final int LATENCIES = 24 * 8;

  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper(new JsonFactory());
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'dt='yyyy-MM-dd'/hr='HH'/'").withZone(ZoneOffset.UTC);

  public TrafficPart {
    seconds = List.copyOf(seconds);
  }

  /**
   * One second.
   *
   * @param at the epoch's second
   * @param requests all of them
   * @param errors the server's fault
   * @param invalid rows that do not fit the model
   * @param latency counts by {@link #bucket}
   * @param scores counts by {@link #score}
   */
  @SuppressWarnings("ArrayRecordComponent") // counts, read and summed
  public record Second(
      long at, long requests, long errors, long invalid, long[] latency, long[] scores) {
    static Second empty(long at) {
      return new Second(at, 0, 0, 0, new long[LATENCIES], new long[SCORES]);
    }

    Second plus(long moreErrors, long moreInvalid) {
      return new Second(
          at, requests + 1, errors + moreErrors, invalid + moreInvalid, latency, scores);
    }
  }

  /** The bucket of a latency. @param micros microseconds */
  public static int bucket(long micros) {
    return micros <= 1 ? 0 : Math.min(LATENCIES - 1, (int) (Math.log(micros) / Math.log(2) * 8));
  }

  /** The upper end of a bucket, milliseconds. */
  public static double millis(int bucket) {
    return Math.pow(2, (bucket + 1.0) / 8) / 1_000;
  }

  /**
   * The bin of a score: equal bins of 0..1 for probabilities; for values, whose range nobody knows
   * beforehand, equal bins of asinh(value) in -20..20.
   */
  public static int score(double score, boolean regression) {
    double unit = score;
    if (regression) {
      double asinh = Math.signum(score) * Math.log(Math.abs(score) + Math.hypot(score, 1));
      unit = (asinh + 20) / 40;
    }
    return Math.clamp((int) (unit * SCORES), 0, SCORES - 1);
  }

  /** {@code predictions/<model>/<version>/dt=…/hr=…/}, where parts that end in this hour lie. */
  public static String folder(String model, int version, Instant at) {
    return "predictions/" + model + "/" + version + "/" + HOUR.format(at);
  }

  /** The last second of a part, by its key; 0 when it has none. */
  public static long last(String key) {
    String name = key.endsWith(ENDING) ? key.substring(0, key.length() - ENDING.length()) : key;
    String number = name.substring(name.lastIndexOf('-') + 1);
    return number.matches("\\d{1,15}") ? Long.parseLong(number) : 0;
  }

  /** UTF-8; counts that are 0 are left out. */
  public byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      out.writeNumberField("format", FORMAT);
      out.writeArrayFieldStart("seconds");
      for (Second second : seconds) {
        out.writeStartObject();
        out.writeNumberField("at", second.at());
        out.writeNumberField("requests", second.requests());
        out.writeNumberField("errors", second.errors());
        out.writeNumberField("invalid", second.invalid());
        counts(out, "latency", second.latency());
        counts(out, "scores", second.scores());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  private static void counts(JsonGenerator out, String name, long[] counts) throws IOException {
    out.writeObjectFieldStart(name);
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] != 0) {
        out.writeNumberField(Integer.toString(i), counts[i]);
      }
    }
    out.writeEndObject();
  }

  /**
   * @throws IllegalArgumentException when the bytes are anything but what {@link #toJson} wrote
   */
  public static TrafficPart fromJson(byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root.path("format").asInt() != FORMAT) {
        throw new IllegalArgumentException(
            "format: " + root.path("format") + " (expected: " + FORMAT + ")");
      }
      List<Second> seconds = new ArrayList<>();
      for (JsonNode second : root.path("seconds")) {
        seconds.add(
            new Second(
                second.path("at").asLong(),
                second.path("requests").asLong(),
                second.path("errors").asLong(),
                second.path("invalid").asLong(),
                counts(second.path("latency"), LATENCIES),
                counts(second.path("scores"), SCORES)));
      }
      return new TrafficPart(seconds);
    } catch (IOException | NumberFormatException e) {
      throw new IllegalArgumentException("traffic: cannot be read: " + e.getMessage(), e);
    }
  }

  private static long[] counts(JsonNode node, int size) {
    long[] counts = new long[size];
    node.properties()
        .forEach(
            count -> {
              int at = Integer.parseInt(count.getKey());
              if (at < 0 || at >= size) {
                throw new IllegalArgumentException(
                    "traffic: bucket " + at + " (expected: 0.." + (size - 1) + ")");
              }
              counts[at] = count.getValue().asLong();
            });
    return counts;
  }
}
