package io.millrace.activities.privacy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Gzipped JSON lines without a subject's: parts of the prediction log, of mirrored answers and of
 * labels. A file keeps its key, because servers number their parts and labels are known again by
 * theirs; it is replaced in one step. A part's Profile is counted again from the rows that stay.
 */
final class LineErasure {
  static final String LINES = ".jsonl.gz";
  private static final String PROFILE = ".profile.json";
  private final ObjectStore store;
  private final SubjectMatch subject;

  LineErasure(ObjectStore store, SubjectMatch subject) {
    this.store = store;
    this.subject = subject;
  }

  /** Lines of the subject. */
  long rows(String key) {
    long[] rows = {0};
    String model = key.split("/")[1];
    lines(key, line -> rows[0] += is(model, line) ? 1 : 0);
    return rows[0];
  }

  /** Replaces the file by one without those lines; a file without any is left alone. */
  void erase(String key) {
    String model = key.split("/")[1];
    List<JsonNode> kept = new ArrayList<>();
    long[] all = {0};
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      lines(
          key,
          line -> {
            all[0]++;
            JsonNode tree = parsed(key, line);
            if (!subject.is(model, entity(tree))) {
              kept.add(tree);
              try {
                out.write(line.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
              } catch (IOException e) {
                throw new IllegalStateException("memory only", e);
              }
            }
          });
    } catch (IOException e) {
      throw new IllegalStateException("memory only", e);
    }
    String profileKey = key.substring(0, key.length() - LINES.length()) + PROFILE;
    Optional<byte[]> profile = store.get(profileKey);
    // the lines first: a profile that is behind is made again by a repeat, which sees its count
    if (kept.size() < all[0]) {
      store.put(key, bytes.toByteArray());
    }
    if (profile.isPresent()) {
      PartProfile known = PartProfile.fromJson(profile.get());
      if (known.rows() != kept.size()) {
        store.put(profileKey, counted(known, kept).toJson());
      }
    }
  }

  private static PartProfile counted(PartProfile known, List<JsonNode> rows) {
    List<Profile.Column> columns = new ArrayList<>();
    for (ColumnProfile column : known.profile().columns()) {
      columns.add(
          new Profile.Column(
              column.name(),
              column instanceof NumberProfile ? Feature.Kind.NUMBER : Feature.Kind.CATEGORY));
    }
    ProfileBuilder builder = new ProfileBuilder(columns);
    Instant from = known.from();
    Instant to = known.to();
    for (int i = 0; i < rows.size(); i++) {
      JsonNode data = rows.get(i).path("data");
      Instant at = Instant.parse(rows.get(i).path("time").asText());
      from = i == 0 ? at : at.isBefore(from) ? at : from;
      to = i == 0 || at.isAfter(to) ? at : to;
      for (int c = 0; c < columns.size(); c++) {
        JsonNode value =
            columns.get(c).name().equals(PartProfile.PREDICTION)
                ? data.path("score")
                : data.path("features").path(columns.get(c).name());
        if (columns.get(c).kind() == Feature.Kind.NUMBER) {
          builder.add(c, value.isNumber() ? value.asDouble() : Double.NaN);
        } else {
          builder.add(c, value.isTextual() ? value.asText() : null);
        }
      }
      builder.endRow();
    }
    return new PartProfile(from, to, rows.size(), builder.build());
  }

  private boolean is(String model, String line) {
    return subject.is(model, entity(parsed(model, line)));
  }

  /** Of a prediction, or of a label. */
  private static @Nullable String entity(JsonNode line) {
    JsonNode named = line.has("data") ? line.path("data").path("entity") : line.path("id");
    return named.isTextual() ? named.asText() : null;
  }

  private static JsonNode parsed(String key, String line) {
    try {
      return PayloadJson.mapper().readTree(line);
    } catch (IOException e) {
      // the exception's text quotes the line
      throw Failures.of(FailureType.STORE_CORRUPT, "object: " + key + " (expected: JSON lines)");
    }
  }

  private void lines(String key, Consumer<String> reader) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
      in.lines().filter(line -> !line.isBlank()).forEach(reader);
    } catch (IOException | UncheckedIOException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, "object: " + key + " (expected: gzipped JSON lines)");
    }
  }
}
