package io.millrace.activities.query;

import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What rules said of a table and why it is refused, in one set of words, whoever counted. Not
 * thread-safe.
 */
public final class RuleVerdicts {
  private final List<ExpectationOutcome> outcomes = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  /**
   * Of a rule about rows.
   *
   * @param sentence what a good table looks like
   * @param broken rows that break it
   * @param total rows
   */
  public void ofRows(ExpectationSpec rule, String sentence, long broken, long total) {
    if (broken > 0 && rule.onBreak() == OnBreak.BLOCK) {
      refused.add("%d of %d rows (expected: %s)".formatted(broken, total, sentence));
    }
    if (rule.onBreak() == OnBreak.DROP && broken > rule.maxDropped() * total) {
      refused.add(
          String.format(
              Locale.ROOT,
              "%d of %d rows would be dropped (expected: %s, max-dropped %s%%)",
              broken,
              total,
              sentence,
              rule.maxDropped() * 100));
    }
    add(
        rule,
        sentence,
        broken,
        broken == 0
            ? sentence + ": holds"
            : "%s: %d of %d rows break it".formatted(sentence, broken, total));
  }

  /**
   * Of a rule about the whole.
   *
   * @param observed what is wrong; empty when nothing is
   */
  public void ofTable(ExpectationSpec rule, String sentence, String observed) {
    if (!observed.isEmpty() && rule.onBreak() == OnBreak.BLOCK) {
      refused.add(observed + " (expected: " + sentence + ")");
    }
    add(
        rule,
        sentence,
        observed.isEmpty() ? 0 : 1,
        observed.isEmpty() ? sentence + ": holds" : observed);
  }

  private void add(ExpectationSpec rule, String sentence, long broken, String told) {
    outcomes.add(
        new ExpectationOutcome(
            sentence, rule.onBreak().name().toLowerCase(Locale.ROOT), broken, told));
  }

  /** In the order in which they were told. */
  public List<ExpectationOutcome> outcomes() {
    return outcomes;
  }

  /** Why the table is refused; empty when it is not. */
  public List<String> refused() {
    return refused;
  }
}
