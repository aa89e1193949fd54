package io.millrace.activities.data;

import io.millrace.activities.data.PersonalData.Finding;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.PrivacySpec.Action;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is done with the findings:
 *
 * <ul>
 *   <li>{@code mask}: {@code ***}; a wholly masked column says nothing and is excluded
 *   <li>{@code hash}: HMAC-SHA256 under the key, 64 hex digits; equal values of every dataset under
 *       the same key stay equal
 *   <li>{@code tokenise}: {@code <recogniser>-<16 hex digits>}, under the key and the dataset's
 *       name, so that values cannot be joined across datasets
 *   <li>{@code drop}: the column is left out; a single text with a match becomes missing
 *   <li>{@code block}: the run ends with {@code DATA_INVALID}
 *   <li>{@code allow}: kept as it is, and counted
 * </ul>
 *
 * Inside texts only the matching parts are masked, hashed or tokenised.
 */
final class PrivacyActions {
  static final String MASK = "***";

  /** In SQL: of a type with one value, which is written at a quarter of a text's cost. */
  static final String MASKED = "CAST('%1$s' AS ENUM('%1$s'))".formatted(MASK);

  private final PrivacySpec spec;
  private final @Nullable KeyedDigest key;
  private final Map<Integer, Planned> plan = new LinkedHashMap<>();

  private record Planned(Finding finding, Action action) {}

  /**
   * Plans an action for each finding and each column the spec names.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} when one is {@code block},
   *     {@code CONFIG_INVALID} when a key is needed and not there
   */
  PrivacyActions(
      String dataset,
      PrivacySpec spec,
      List<Column> columns,
      List<Finding> found,
      SecretResolver secrets) {
    this.spec = spec;
    boolean keyed = false;
    List<String> blocked = new ArrayList<>();
    for (Column column : columns) {
      Action declared = spec.columns().get(column.name());
      Optional<Finding> finding =
          found.stream().filter(f -> f.column().equals(column.raw())).findFirst();
      if (declared == null && finding.isEmpty()) {
        continue;
      }
      Action action = declared == null ? spec.onFind() : declared;
      Finding planned = finding.orElseGet(() -> new Finding(column.raw(), "declared", true, 0));
      if (declared != null && declared != Action.ALLOW) {
        planned = new Finding(column.raw(), planned.recogniser(), true, planned.matches());
      }
      if (action == Action.BLOCK) {
        blocked.add(
            "%s: personal data (%s, %d values)"
                .formatted(column.name(), planned.recogniser(), planned.matches()));
      }
      boolean lost = planned.whole() && (action == Action.MASK || action == Action.DROP);
      if (column.role() == Role.TARGET && lost) {
        throw Failures.of(
            FailureType.DATA_INVALID,
            "%s: the target looks like personal data (%s) and would be lost to '%s' (expected: a"
                    .formatted(column.name(), planned.recogniser(), word(action))
                + " target without it, or data.privacy.columns with allow)");
      }
      keyed |= action == Action.HASH || action == Action.TOKENISE;
      plan.put(column.raw().index(), new Planned(planned, action));
    }
    if (!blocked.isEmpty()) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          String.join("; ", blocked) + " (expected: none, or another action than block)");
    }
    key = keyed ? KeyedDigest.of(spec.key(), dataset, secrets) : null;
  }

  /** The columns that are kept, as what they will be stored. */
  List<Column> columns(List<Column> columns) {
    List<Column> kept = new ArrayList<>();
    for (Column column : columns) {
      Planned planned = plan.get(column.raw().index());
      if (planned == null || planned.action() == Action.ALLOW || !planned.finding().whole()) {
        kept.add(column);
      } else if (planned.action() == Action.MASK) {
        Column text = column.asText();
        kept.add(column.feature() ? text.as(Role.EXCLUDED) : text);
      } else if (planned.action() != Action.DROP) {
        kept.add(column.asText());
      }
    }
    return kept;
  }

  /** Whether a value's replacement is looked up in a table, which is no work to do twice. */
  boolean looksUp() {
    return plan.values().stream()
        .anyMatch(
            p ->
                p.action() != Action.ALLOW
                    && !(p.finding().whole()
                        && (p.action() == Action.MASK || p.action() == Action.DROP)));
  }

  /** Counts for the result. */
  List<PrivacyFinding> findings() {
    return plan.values().stream()
        .map(
            p ->
                new PrivacyFinding(
                    p.finding().column().name(),
                    p.finding().recogniser(),
                    p.finding().matches(),
                    word(p.action())))
        .toList();
  }

  /**
   * Makes the table that replaces values, where one is needed.
   *
   * @return the SQL expression over {@code typed} that gives the value as it may be stored
   */
  String replace(DuckDb db, Column column) throws SQLException {
    Planned planned = plan.get(column.raw().index());
    String c = column.sql();
    if (planned == null || planned.action() == Action.ALLOW) {
      return c;
    }
    Finding finding = planned.finding();
    if (finding.whole() && planned.action() == Action.MASK) {
      return column.raw().seen().full()
          ? MASKED
          : "CASE WHEN " + c + " IS NOT NULL THEN " + MASKED + " END";
    }
    String where = finding.whole() ? "x IS NOT NULL" : finding.candidates();
    String map = "replaced_" + c;
    db.run("CREATE TABLE " + map + " (k VARCHAR, v VARCHAR)");
    try (DuckDb.Rows appender = db.appendTo(map)) {
      db.blocks(
          "SELECT x FROM (SELECT DISTINCT "
              + c
              + " AS x FROM typed) WHERE "
              + where
              + " ORDER BY 1",
          (block, rows) -> {
            for (int i = 0; i < rows; i++) {
              String value = block.vector(0).getString(i);
              appender.add(value, replaced(finding, planned.action(), value));
            }
          });
    }
    return "CASE WHEN %1$s IN (SELECT k FROM %2$s) THEN (SELECT v FROM %2$s WHERE k = %1$s)"
            .formatted(c, map)
        + " ELSE %s END".formatted(c);
  }

  private @Nullable String replaced(Finding finding, Action action, String value) {
    if (finding.whole()) {
      return one(finding.recogniser(), action, value);
    }
    String hidden = finding.hide(value, part -> one("text", action, part));
    return action == Action.DROP && !hidden.equals(value) ? null : hidden;
  }

  private String one(String recogniser, Action action, String value) {
    if (key == null || action == Action.MASK || action == Action.DROP) {
      return MASK;
    }
    return action == Action.HASH ? key.hash(value) : key.token(recogniser, value);
  }

  private static String word(Action action) {
    return action.name().toLowerCase(Locale.ROOT);
  }

  /** Whether anything is looked for. */
  static boolean detects(PrivacySpec spec) {
    return !"none".equals(spec.detect());
  }
}
