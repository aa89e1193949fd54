package io.millrace.activities.watch;

import io.millrace.inference.profile.ColumnProfile;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.spec.WatchSpec.DriftSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which columns are not what they were.
 *
 * <p>A column drifts when the difference is there and matters: the test's p-value, adjusted over
 * all columns, is at most {@code fdr}, and the effect that the profile chooses ({@link
 * EffectChoice}) is at least its threshold. Either alone calls too often: with 70,000 rows a PSI of
 * .004 is significant, and with 100 rows chance alone makes PSI .1. Apart from that a column drifts
 * when its values go missing ({@link MissingRate}). PSI is told whatever decides.
 */
public final class ColumnDrift {
  /** The score's column in every profile. */
  public static final String PREDICTION = "prediction";

  static final String KS = "ks";
  static final String CHI_SQUARED = "chi-squared";

  private ColumnDrift() {}

  private record Compared(
      String column,
      String test,
      TestResult result,
      Effect effect,
      long rows,
      long rowsReference,
      double psi,
      double missing,
      double missingReference,
      @Nullable Double missingP,
      String change) {}

  /**
   * @return a verdict for every watched column and the score, drifted ones first, each group by how
   *     many times its threshold the effect is
   */
  public static List<ColumnVerdict> verdicts(
      Profile reference, Profile current, DriftSpec settings) {
    return verdicts(reference, current, settings, EffectChoice.of(settings));
  }

  /** The same with a choice that serves several windows. */
  static List<ColumnVerdict> verdicts(
      Profile reference, Profile current, DriftSpec settings, EffectChoice choice) {
    List<Compared> compared = new ArrayList<>();
    for (ColumnProfile before : watched(reference, settings)) {
      ColumnProfile now = current.column(before.name()).orElse(null);
      compared.add(compare(before, now, current.rows(), choice));
    }
    unknown(reference, current, settings)
        .forEach(now -> compared.add(alone(now, current.rows(), choice)));
    compared.sort(Comparator.comparingDouble((Compared c) -> c.effect().times()).reversed());
    List<@Nullable Double> adjusted =
        BenjaminiHochberg.adjust(compared.stream().map(c -> c.result().pValue()).toList());
    List<@Nullable Double> missing =
        BenjaminiHochberg.adjust(compared.stream().map(Compared::missingP).toList());
    List<ColumnVerdict> verdicts = new ArrayList<>();
    for (int i = 0; i < compared.size(); i++) {
      verdicts.add(verdict(compared.get(i), adjusted.get(i), missing.get(i), settings));
    }
    verdicts.sort(Comparator.comparing(ColumnVerdict::drifted).reversed());
    return List.copyOf(verdicts);
  }

  /** Watched columns of the window that the reference has nothing of. */
  static List<ColumnProfile> unknown(Profile reference, Profile current, DriftSpec settings) {
    return watched(current, settings).stream()
        .filter(now -> reference.column(now.name()).isEmpty())
        .toList();
  }

  /** What cannot be compared has no p-value, so that it takes nothing from the other columns. */
  private static Compared alone(ColumnProfile now, long rows, EffectChoice choice) {
    Profile nothing = Profile.empty(List.of(new Profile.Column(now.name(), now.kind())));
    Compared none = compare(nothing.column(now.name()).orElseThrow(), now, rows, choice);
    return new Compared(
        none.column(),
        none.test(),
        none.result(),
        none.effect(),
        none.rows(),
        none.rowsReference(),
        none.psi(),
        none.missing(),
        none.missingReference(),
        null,
        none.change());
  }

  private static List<ColumnProfile> watched(Profile reference, DriftSpec settings) {
    if (settings.columns().equals("all")) {
      return reference.columns();
    }
    Set<String> names =
        Arrays.stream(settings.columns().split(",")).map(String::strip).collect(Collectors.toSet());
    return reference.columns().stream()
        .filter(c -> names.contains(c.name()) || c.name().equals(PREDICTION))
        .toList();
  }

  private static Compared compare(
      ColumnProfile before, @Nullable ColumnProfile now, long rows, EffectChoice choice) {
    long rowsBefore = before.count() + before.missing();
    // a column that no row has is missing in every row
    long missing = now == null ? rows : now.missing();
    long rowsNow = now == null ? rows : now.count() + now.missing();
    String test = before instanceof NumberProfile ? KS : CHI_SQUARED;
    TestResult result = new TestResult(0, null);
    Effect effect = Effect.none(Effect.PSI, 0);
    double psi = 0;
    String change = "";
    if (now != null && now.kind() == before.kind() && before.count() > 0 && now.count() > 0) {
      Optional<CategoryBins> counted = counted(before, now);
      test = counted.isPresent() ? CHI_SQUARED : KS;
      result =
          counted
              .map(bins -> ChiSquared.twoSample(bins.reference(), bins.current()))
              .orElseGet(() -> KolmogorovSmirnov.test((NumberProfile) before, (NumberProfile) now));
      effect = choice.of(before, now);
      psi = StabilityChoice.psi(before, now);
      change =
          before instanceof NumberProfile a && now instanceof NumberProfile b
              ? "mean " + Numbers.shortly(a.mean()) + " → " + Numbers.shortly(b.mean())
              : counted.map(ColumnDrift::largest).orElse("");
    }
    return new Compared(
        before.name(),
        test,
        result,
        effect,
        now == null ? 0 : now.count(),
        before.count(),
        psi,
        rowsNow == 0 ? 0 : (double) missing / rowsNow,
        rowsBefore == 0 ? 0 : (double) before.missing() / rowsBefore,
        MissingRate.pValue(before.missing(), rowsBefore, missing, rowsNow),
        change);
  }

  /**
   * Counts for chi-squared: of categories, and of few different numbers where every row is held (a
   * sketch's noise in counts would be significant by itself).
   */
  private static Optional<CategoryBins> counted(ColumnProfile before, ColumnProfile now) {
    if (before instanceof NumberProfile a
        && now instanceof NumberProfile b
        && (a.rankError() > 0 || b.rankError() > 0)) {
      return Optional.empty();
    }
    return EvidentlyChoice.levels(before, now);
  }

  /** Shares only: a level's text may be something personal and this goes into payloads. */
  private static String largest(CategoryBins bins) {
    double n = Arrays.stream(bins.reference()).sum();
    double m = Arrays.stream(bins.current()).sum();
    if (n == 0 || m == 0) {
      return "";
    }
    double p = 0;
    double q = 0;
    for (int i = 0; i < bins.reference().length; i++) {
      double before = bins.reference()[i] / n;
      double now = bins.current()[i] / m;
      if (Math.abs(now - before) > Math.abs(q - p)) {
        p = before;
        q = now;
      }
    }
    return "one level " + Numbers.percent(p) + " → " + Numbers.percent(q);
  }

  private static ColumnVerdict verdict(
      Compared c, @Nullable Double adjusted, @Nullable Double missingP, DriftSpec settings) {
    boolean significant = adjusted != null && adjusted <= settings.fdr();
    boolean matters = c.effect().matters();
    boolean lost =
        missingP != null
            && missingP <= settings.fdr()
            && MissingRate.matters(c.missingReference(), c.missing());
    StringBuilder sentence = new StringBuilder(c.column());
    String numbers =
        "%s %s, threshold %s; %s %s, %s; %s values against %s"
            .formatted(
                c.effect().words(),
                Numbers.shortly(c.effect().value()),
                Numbers.shortly(c.effect().threshold()),
                c.test().equals(KS) ? "KS" : c.test(),
                Numbers.shortly(c.result().statistic()),
                adjusted == null ? "no p-value" : "adjusted " + Numbers.p(adjusted),
                Numbers.count(c.rows()),
                Numbers.count(c.rowsReference()));
    if (c.rowsReference() == 0 && c.rows() > 0) {
      sentence.append(" is not compared: the reference has no value of it");
    } else if (c.rows() == 0 || c.rowsReference() == 0) {
      sentence.append(" has no values to compare");
    } else if (significant && matters) {
      sentence.append(" drifted: ").append(c.change()).append(" (").append(numbers).append(")");
    } else if (significant) {
      sentence.append(" changed too little to matter (").append(numbers).append(")");
    } else if (matters) {
      sentence.append(" differs no more than chance allows (").append(numbers).append(")");
    } else {
      sentence.append(" is as it was (").append(numbers).append(")");
    }
    if (lost) {
      sentence
          .append("; missing in ")
          .append(Numbers.percent(c.missing()))
          .append(" of the rows, before in ")
          .append(Numbers.percent(c.missingReference()));
    }
    return new ColumnVerdict(
        c.column(),
        c.test(),
        c.result().statistic(),
        c.result().pValue(),
        adjusted,
        c.psi(),
        c.missing(),
        c.missingReference(),
        (significant && matters) || lost,
        sentence.append('.').toString(),
        c.effect().measure(),
        c.effect().value(),
        c.effect().threshold(),
        c.rows(),
        c.rowsReference());
  }
}
