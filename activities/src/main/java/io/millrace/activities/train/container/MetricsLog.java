package io.millrace.activities.train.container;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code metrics.jsonl} as it grows; a line counts once its end is written. */
final class MetricsLog {
  /** Far above any line, so that one without an end cannot fill the memory. */
  private static final int LONGEST = 1 << 16;

  private static final Pattern FOLDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private final Path file;
  private long position;
  private long number;

  MetricsLog(Path file) {
    this.file = file;
  }

  /**
   * One line.
   *
   * @param epoch 1, 2, … under way
   * @param share of it that is done, 0..1
   * @param rows done since the line before
   * @param objective on the validation split, which closes the epoch; null while it goes on
   * @param checkpoint folder that is whole; null for none
   */
  record Line(
      int epoch,
      double share,
      int rows,
      double loss,
      @Nullable Double objective,
      @Nullable String checkpoint) {}

  /** Lines read so far. */
  long lines() {
    return number;
  }

  /**
   * What was added since the last call.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} naming the line that
   *     breaks the contract, {@code TRAINING_DIVERGED} when a number is not finite
   */
  List<Line> more() throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    List<Line> lines = new ArrayList<>();
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(position);
      byte[] bytes = new byte[LONGEST];
      for (int read = in.read(bytes); read > 0; read = in.read(bytes)) {
        int from = 0;
        for (int i = 0; i < read; i++) {
          if (bytes[i] == '\n') {
            String text = new String(bytes, from, i - from, StandardCharsets.UTF_8).strip();
            number++;
            if (!text.isEmpty()) {
              lines.add(line(text));
            }
            from = i + 1;
          }
        }
        if (from == 0 && read == LONGEST) {
          throw broken("longer than " + LONGEST + " bytes", "an object in one line");
        }
        position += from;
        in.seek(position);
        if (from == 0) {
          break;
        }
      }
    }
    return lines;
  }

  private Line line(String text) {
    JsonNode json;
    try {
      json = PayloadJson.mapper().readTree(text);
    } catch (IOException e) {
      throw broken(text, "an object in one line");
    }
    int epoch = json.path("epoch").asInt(0);
    if (!json.isObject() || epoch < 1) {
      throw broken(text, "an object with epoch: 1, 2, … and loss");
    }
    String folder = json.path("checkpoint").isTextual() ? json.path("checkpoint").asText() : null;
    if (json.hasNonNull("checkpoint") && (folder == null || !FOLDER.matcher(folder).matches())) {
      throw broken(text, "checkpoint: the plain name of a folder");
    }
    return new Line(
        epoch,
        Math.min(1, Math.max(0, json.path("share").asDouble(1))),
        Math.max(0, json.path("rows").asInt(0)),
        finite(json, "loss", epoch),
        json.has("objective") ? finite(json, "objective", epoch) : null,
        folder);
  }

  private double finite(JsonNode json, String field, int epoch) {
    JsonNode value = json.path(field);
    if (value.isMissingNode()) {
      throw broken(json.toString(), "a number " + field);
    }
    // JSON has no NaN: programs write it as null, as text, or as 1e999
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw Failures.of(
          FailureType.TRAINING_DIVERGED,
          field + ": " + value + " in epoch " + epoch + " (expected: a finite number)");
    }
    return value.doubleValue();
  }

  private RuntimeException broken(String text, String expected) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return Failures.of(
        FailureType.CONFIG_INVALID,
        Contract.OUT
            + "/"
            + Contract.METRICS
            + " line "
            + number
            + ": "
            + shown
            + " (expected: "
            + expected
            + ")");
  }
}
