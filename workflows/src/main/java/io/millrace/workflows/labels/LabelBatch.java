package io.millrace.workflows.labels;

import io.millrace.workflows.ref.Checks;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Labels that were checked and are added together: {@code labels/<model>/dt=<day
 * added>/<sha256>.jsonl.gz}, lines of {@code {"at":"…","id":"…","label":"…"}}. The digest is over
 * ids and labels, so labels that come again are known again, whatever they came in.
 *
 * @param labels in their plainest form, by id; at least one
 * @param sha256 over all of it
 */
public record LabelBatch(String model, Map<String, String> labels, String sha256) {
  /** Ends every key of a batch. */
  public static final String SUFFIX = ".jsonl.gz";

  private static final int SHOWN = 5;

  public LabelBatch {
    Checks.name("model", model);
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }

  /**
   * @param number 1 for the first row after the header @param id empty when it was not there
   * @param label empty when it was not there
   */
  public record Row(long number, String id, String label) {}

  /**
   * What a model's labels look like.
   *
   * @param id column that names a row @param target column of the label
   * @param regression true when a label is any finite number
   * @param classes what a label may be otherwise
   */
  public record Form(String id, String target, boolean regression, List<String> classes) {
    public Form {
      Checks.present("id", id);
      Checks.present("target", target);
      classes = Checks.list(classes);
    }
  }

  /**
   * Checks rows; their order does not matter, and a row that is there twice counts once.
   *
   * @throws IllegalArgumentException with up to five problems, when an id is empty or twice with
   *     different labels, a label is none of the model's classes, or there is no row
   */
  public static LabelBatch of(String model, Form form, List<Row> rows) {
    Set<String> classes = form.classes().stream().map(LabelText::plain).collect(Collectors.toSet());
    List<String> problems = new ArrayList<>();
    Map<String, String> labels = new TreeMap<>();
    for (Row row : rows) {
      String label = LabelText.plain(row.label());
      if (row.id().isBlank()) {
        problems.add(at(row, form.id()) + "empty (expected: an id)");
      } else if (form.regression() ? !number(label) : !classes.contains(label)) {
        String expected =
            form.regression() ? "a number" : "one of " + classes.stream().sorted().toList();
        problems.add(at(row, form.target()) + shown(row.label()) + " (expected: " + expected + ")");
      } else {
        String other = labels.put(row.id().strip(), label);
        if (other != null && !other.equals(label)) {
          problems.add(at(row, form.id()) + "twice with different labels (expected: one)");
        }
      }
    }
    if (labels.isEmpty() && problems.isEmpty()) {
      problems.add("rows: 0 (expected: > 0)");
    }
    if (!problems.isEmpty()) {
      String more = problems.size() > SHOWN ? "; and " + (problems.size() - SHOWN) + " more" : "";
      throw new IllegalArgumentException(
          String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size()))) + more);
    }
    StringBuilder content = new StringBuilder();
    labels.forEach((k, v) -> content.append(k).append('\0').append(v).append('\n'));
    return new LabelBatch(model, labels, digest(content.toString()));
  }

  /** Of all keys of a model's labels. */
  public static String prefix(String model) {
    return "labels/" + Checks.name("model", model) + "/";
  }

  /** Whether these labels lie under the key, from whichever day. */
  public boolean isAt(String key) {
    return key.endsWith("/" + sha256 + SUFFIX);
  }

  /** Where they go when they are added at this moment. */
  public String key(Instant now) {
    return prefix(model) + "dt=" + now.atZone(ZoneOffset.UTC).toLocalDate() + "/" + sha256 + SUFFIX;
  }

  /** What is stored of one of them; in the order of the keys. */
  public static Map<String, String> line(String id, String label, Instant at) {
    Map<String, String> line = new TreeMap<>();
    line.put("at", at.toString());
    line.put("id", id);
    line.put("label", label);
    return line;
  }

  private static String at(Row row, String column) {
    return "row " + row.number() + ", " + column + ": ";
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private static boolean number(String text) {
    try {
      return Double.isFinite(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
