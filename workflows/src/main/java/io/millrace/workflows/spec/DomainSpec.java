package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a search looks for one hyperparameter; exactly one of the first four is not null.
 *
 * @param whole lowest and highest whole number, both inclusive; {@code int} in the spec
 * @param real lowest and highest number
 * @param log lowest and highest number, above 0, sampled evenly on a logarithmic scale
 * @param choice the values, as JSON
 * @param steps points of a grid, evenly spaced on the scale, both ends included; null for each
 *     whole number of {@code int}
 */
public record DomainSpec(
    @JsonProperty("int") @Nullable List<Integer> whole,
    @Nullable List<Double> real,
    @Nullable List<Double> log,
    @Nullable List<Object> choice,
    @Nullable Integer steps) {
  public DomainSpec {
    whole = whole == null ? null : List.copyOf(whole);
    real = real == null ? null : List.copyOf(real);
    log = log == null ? null : List.copyOf(log);
    choice = choice == null ? null : List.copyOf(choice);
  }
}
