package io.millrace.inference.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of a manifest that its types do not say. */
final class ManifestRules {
  /** Inputs of one graph; far above any table, far below what would exhaust a server. */
  private static final int MAX_WIDTH = 1_000_000;

  private static final Set<String> TASKS = Set.of("binary", "multiclass", "regression");
  // the column of scores in profiles, and the entity id of a request
  private static final List<String> RESERVED = List.of("prediction", "__id");
  private static final String OTHER_NAMES = "none of the log's own names " + RESERVED;
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

  private final List<String> problems = new ArrayList<>();

  private ManifestRules() {}

  /** Every broken rule as {@code field: value (expected: …)}. */
  static List<String> problems(ModelManifest manifest) {
    ManifestRules rules = new ManifestRules();
    rules.manifest(manifest);
    return rules.problems;
  }

  private void manifest(ModelManifest manifest) {
    expect(manifest.format() == 1, "format", manifest.format(), "1");
    // it becomes part of keys and paths
    expect(
        manifest.model() != null && FILE.matcher(manifest.model()).matches(),
        "model",
        manifest.model(),
        "a plain name");
    text("family", manifest.family());
    expect(
        manifest.task() != null && TASKS.contains(manifest.task()),
        "task",
        manifest.task(),
        "binary, multiclass or regression");
    List<Feature> features = manifest.features();
    List<Encoding> encodings = manifest.encodings();
    expect(!features.isEmpty(), "features", "[]", "at least one");
    expect(
        encodings.size() == features.size(),
        "encodings",
        encodings.size() + " of them",
        features.size() + ", one per feature");
    Set<String> names = new HashSet<>();
    long width = 0;
    for (int i = 0; i < features.size(); i++) {
      feature(features.get(i), "features[" + i + "].", names);
      if (i < encodings.size()) {
        encoding(encodings.get(i), features.get(i), "encodings[" + i + "].");
        width += encodings.get(i).width();
      }
    }
    expect(manifest.width() == width, "width", manifest.width(), width + ", the encodings' sum");
    expect(width <= MAX_WIDTH, "width", width, "at most " + MAX_WIDTH);
    if (manifest.graph() == null) {
      expect(false, "graph", null, "an object");
    } else {
      graph(manifest.graph());
    }
    if (manifest.output() == null) {
      expect(false, "output", null, "an object");
    } else {
      output(String.valueOf(manifest.task()), manifest.output());
    }
  }

  private void feature(Feature feature, String at, Set<String> names) {
    text(at, "name", feature.name());
    expect(
        names.add(String.valueOf(feature.name())), at, "name", feature.name(), "every name once");
    expect(
        !RESERVED.contains(String.valueOf(feature.name())),
        at,
        "name",
        feature.name(),
        OTHER_NAMES);
    expect(feature.kind() != null, at, "kind", null, "NUMBER or CATEGORY");
    range(at, "min", feature.min(), "max", feature.max());
    range(at, "allowedMin", feature.allowedMin(), "allowedMax", feature.allowedMax());
  }

  private void range(
      String at, String low, @Nullable Double min, String high, @Nullable Double max) {
    expect(min == null || Double.isFinite(min), at, low, min, "a finite number or null");
    expect(max == null || Double.isFinite(max), at, high, max, "a finite number or null");
    if (min != null && max != null && !(min <= max)) {
      expect(false, at, low, min, "at most " + at + high + " " + max);
    }
  }

  private void encoding(Encoding encoding, Feature feature, String at) {
    // no switch over types: its bootstrap costs a function's start several milliseconds
    if (encoding instanceof Encoding.Categorical categorical) {
      categorical(categorical, feature, at);
      return;
    }
    String kind = "raw";
    if (encoding instanceof Encoding.Standard standard) {
      kind = "standard";
      expect(Double.isFinite(standard.mean()), at, "mean", standard.mean(), "finite");
      expect(
          Double.isFinite(standard.scale()) && standard.scale() > 0,
          at,
          "scale",
          standard.scale(),
          "> 0");
      expect(Double.isFinite(standard.impute()), at, "impute", standard.impute(), "finite");
    } else if (encoding instanceof Encoding.PiecewiseLinear piecewise) {
      kind = "piecewise-linear";
      boolean finite = true;
      for (double edge : piecewise.edges()) {
        finite &= Double.isFinite(edge);
      }
      expect(finite, at, "edges", piecewise.edges(), "finite numbers");
      expect(Double.isFinite(piecewise.impute()), at, "impute", piecewise.impute(), "finite");
    }
    expect(feature.kind() == Feature.Kind.NUMBER, at, "kind", kind, "one-hot");
  }

  private void categorical(Encoding.Categorical categorical, Feature feature, String at) {
    String kind = categorical instanceof Encoding.Index ? "index" : "one-hot";
    expect(feature.kind() == Feature.Kind.CATEGORY, at, "kind", kind, "standard");
    int levels = categorical.levels().size();
    expect(
        new HashSet<>(categorical.levels()).size() == levels,
        at,
        "levels",
        "a level twice",
        "every level once");
    expect(
        levels <= Encoding.Index.MOST,
        at,
        "levels",
        levels + " of them",
        "at most " + Encoding.Index.MOST);
  }

  private void graph(ModelManifest.Graph graph) {
    expect(
        graph.file() != null && FILE.matcher(graph.file()).matches(),
        "graph.file",
        graph.file(),
        "a plain file name");
    expect(
        graph.sha256() != null && HEX.matcher(graph.sha256()).matches(),
        "graph.sha256",
        graph.sha256(),
        "64 hex digits");
    text("graph.input", graph.input());
    text("graph.output", graph.output());
  }

  private void output(String task, ModelManifest.Output output) {
    text("output.target", output.target());
    int classes = output.classes().size();
    expect(
        switch (task) {
          case "binary" -> classes == 2;
          case "multiclass" -> classes >= 2;
          default -> classes == 0;
        },
        "output.classes",
        classes + " of them",
        "2 for binary, 2 or more for multiclass, none for regression");
    expect(
        new HashSet<>(output.classes()).size() == classes,
        "output.classes",
        output.classes(),
        "every class once");
    expect(
        output.threshold() >= 0 && output.threshold() <= 1,
        "output.threshold",
        output.threshold(),
        "0..1");
  }

  private void text(String field, @Nullable String value) {
    text("", field, value);
  }

  private void text(String at, String field, @Nullable String value) {
    expect(value != null && !value.isBlank(), at, field, value, "text");
  }

  private void expect(boolean holds, String field, @Nullable Object value, String expected) {
    expect(holds, "", field, value, expected);
  }

  /** Words are put together only where something is wrong: a start has hundreds of rules. */
  private void expect(
      boolean holds, String at, String field, @Nullable Object value, String expected) {
    if (!holds && problems.size() < 50) {
      String shown = String.valueOf(value);
      problems.add(
          at
              + field
              + ": "
              + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown)
              + " (expected: "
              + expected
              + ")");
    }
  }
}
