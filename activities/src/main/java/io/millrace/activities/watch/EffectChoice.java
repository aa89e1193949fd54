package io.millrace.activities.watch;

import io.millrace.inference.profile.ColumnProfile;
import io.millrace.workflows.spec.WatchSpec.DriftSpec;

/** Which effect size says whether a column's difference matters: {@code watch.drift.profile}. */
sealed interface EffectChoice permits EvidentlyChoice, LearnedChoice, StabilityChoice {
  /** The effect of one column, of the same kind on both sides, with values on both. */
  Effect of(ColumnProfile reference, ColumnProfile current);

  /**
   * By the spec's word.
   *
   * @throws IllegalArgumentException for a word the schema does not have
   */
  static EffectChoice of(DriftSpec settings) {
    return switch (settings.profile()) {
      case "evidently" -> new EvidentlyChoice(settings.effect());
      case "learned" -> new LearnedChoice();
      case "psi" -> new StabilityChoice(settings.effect());
      default ->
          throw new IllegalArgumentException(
              "watch.drift.profile: "
                  + settings.profile()
                  + " (expected: evidently, learned or psi)");
    };
  }
}
