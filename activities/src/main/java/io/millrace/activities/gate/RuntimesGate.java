package io.millrace.activities.gate;

import io.millrace.activities.page.Words;
import io.millrace.inference.runtime.RuntimeKind;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.spec.GateSpec;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Every runtime that can open the package gives the same scores on the same rows, to {@value #MOST}
 * at most. Always on and always blocking: which runtime answers depends on where a version is
 * deployed, and the other gates measured one of them. The observation is the greatest difference.
 */
record RuntimesGate() implements Gate {
  /** Float32 sums of a few hundred terms in different orders agree to this. */
  static final double MOST = 1e-5;

  /** Rows that are compared, where the test split has so many. */
  static final int ROWS = 1000;

  @Override
  public String name() {
    return "runtimes: agree";
  }

  @Override
  public GateSpec.Severity severity() {
    return GateSpec.Severity.BLOCK;
  }

  @Override
  public Verdict judge(Evidence evidence) {
    Evidence.Agreement seen = evidence.agreement(ROWS);
    String kinds =
        seen.kinds().stream().map(RuntimeKind::word).collect(Collectors.joining(" and "));
    if (seen.rows() == 0) {
      return unmeasured(MOST, "The test split has no row to compare " + kinds + " on.");
    }
    if (!Double.isFinite(seen.apart())) {
      return unmeasured(
          MOST,
          "A score of %s on %s rows is not finite: they cannot be compared."
              .formatted(kinds, Words.count(seen.rows())));
    }
    boolean accepted = seen.apart() <= MOST;
    return verdict(
        accepted,
        new Metric("runtimes-apart", seen.apart(), null, null, seen.rows()),
        MOST,
        seen.kinds().size() == 1
            ? "Only " + kinds + " runs this package: there is nothing it could differ from."
            : "%s score %s rows at most %s apart; the ceiling %s %s."
                .formatted(
                    kinds,
                    Words.count(seen.rows()),
                    small(seen.apart()),
                    small(MOST),
                    accepted ? "holds" : "does not hold"));
  }

  /** Far below what four digits after the point can say. */
  private static String small(double value) {
    return String.format(Locale.ROOT, "%.1e", value);
  }
}
