package io.millrace.infra.cli;

import io.millrace.infra.cli.TableFile.ColumnInfo;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A first spec for a table, with the choices that were made explained beside them. */
final class SpecTemplate {
  private static final int MOST_CLASSES = 20;

  private SpecTemplate() {}

  static String write(
      String model,
      String format,
      String source,
      String target,
      List<ColumnInfo> columns,
      long rows,
      long classes,
      String expectations) {
    boolean number =
        columns.stream()
            .filter(c -> c.name().equals(target))
            .anyMatch(c -> c.type().matches("(?i).*(INT|DOUBLE|FLOAT|DECIMAL).*"));
    String task =
        classes == 2 ? "binary" : classes <= MOST_CLASSES || !number ? "multiclass" : "regression";
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        "# Every key and its default: infra/docs/spec.md. To check: infra/millrace check.\n");
    yaml.append("model: ").append(quoted(model)).append('\n');
    yaml.append("task: ").append(task).append("  # the target has ").append(classes);
    yaml.append(" values")
        .append(others(task))
        .append("\n\ndata:\n  source: {")
        .append(format)
        .append(": ")
        .append(quoted(source));
    yaml.append("}  # ").append(rows).append(" rows\n  target: ").append(quoted(target));
    yaml.append('\n');
    id(columns, target, rows)
        .ifPresent(
            c ->
                yaml.append("  id: ")
                    .append(quoted(c.name()))
                    .append("  # names a row; not a feature\n"));
    columns.stream()
        .filter(c -> c.type().matches("(?i)(TIMESTAMP.*|DATE)") && !c.name().equals(target))
        .findFirst()
        .ifPresent(
            c ->
                yaml.append("  time: ")
                    .append(quoted(c.name()))
                    .append("  # the row's time; not a feature\n"));
    yaml.append("  split: {kind: ").append(task.equals("regression") ? "random" : "stratified");
    yaml.append(", test: 0.2, validation: 0.1, seed: 7}  # or time, group\n");
    yaml.append("  expectations:  # suggested by this table: read them\n");
    yaml.append(expectations);
    yaml.append(
        """

        training:
          seed: 7
          candidates:
            - {family: linear}
            - {family: mlp, hidden: [64, 32], dropout: 0.1}

        gates:
        """);
    String metric =
        switch (task) {
          case "binary" -> "  - {metric: roc-auc, floor: 0.6, confidence: 95%}";
          case "multiclass" -> "  - {metric: accuracy, floor: %.2f}".formatted(floor(classes));
          default -> "  - {metric: r2, floor: 0.0, severity: warn}";
        };
    yaml.append(metric).append("  # raise it to what you need\n");
    yaml.append(
        """
          - {champion: non-inferior, margin: 0.01}
          - {latency: p99, ceiling: 20ms}

        deployment:
          target: {local: {port: 0}}
          rollout: {steps: [10%, 50%, 100%], bake: 1m, min-requests: 100}

        watch:
          schedule: {every: 1h}
          window: {last: 24h, min-rows: 500}
          notify: [log]

        retraining:
          on: [drift]
          cooldown: 1d
        """);
    return yaml.toString();
  }

  /** Tasks that a table does not give away by itself. */
  private static String others(String task) {
    return switch (task) {
      case "multiclass" -> "; image when the other columns are a picture's pixels";
      case "regression" -> "; forecast when its own past tells it, recommend when users rate items";
      default -> "";
    };
  }

  /** Twice as good as guessing, at most nine tenths. */
  private static double floor(long classes) {
    return Math.min(0.9, 2.0 / Math.max(3, classes));
  }

  private static Optional<ColumnInfo> id(List<ColumnInfo> columns, String target, long rows) {
    return columns.stream()
        .filter(c -> !c.name().equals(target) && c.missing() == 0)
        .filter(c -> c.name().toLowerCase(Locale.ROOT).matches("(.*[_. -])?id"))
        // the count is approximate
        .filter(c -> c.distinct() > rows * 0.9)
        .findFirst();
  }

  static String quoted(String text) {
    return text.matches("[A-Za-z][A-Za-z0-9_./-]*") && !text.matches("(?i)null|true|false")
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
