package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * How candidates become trials.
 *
 * @param trials how many at most; null for as many as there are candidates, or points of the grid
 * @param reduction of every so many trials that reached a rung of {@code asha} one goes on
 * @param minEpochs epochs of the lowest rung of {@code asha}
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record SearchSpec(Method method, @Nullable Integer trials, int reduction, int minEpochs) {
  /** Each candidate is one trial. */
  public static final SearchSpec NONE = new SearchSpec(Method.NONE, null, 3, 1);

  /** Who proposes the next trial. */
  public enum Method {
    /** Nobody: each candidate is one trial. */
    @JsonProperty("none")
    NONE,
    /** Chance, seeded. */
    @JsonProperty("random")
    RANDOM,
    /** Tree-structured Parzen estimator (Bergstra et al. 2011). */
    @JsonProperty("tpe")
    TPE,
    /** Asynchronous successive halving (Li et al. 2020). */
    @JsonProperty("asha")
    ASHA,
    /** Every point of a grid. */
    @JsonProperty("grid")
    GRID;

    /** As the spec writes it. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
