package io.millrace.activities.deploy;

import io.millrace.workflows.spec.TargetSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A target whose worker is killed as it is to make a state so. */
final class DyingTarget implements Target {
  static final String MESSAGE = "the worker was killed here";

  private final Target target;
  private int left;

  /**
   * @param left states that are made so before it dies
   */
  DyingTarget(Target target, int left) {
    this.target = target;
    this.left = left;
  }

  @Override
  public String kind() {
    return target.kind();
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    return target.abilities(settings);
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    return target.place(endpoint, settings);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    if (left-- <= 0) {
      throw new IllegalStateException(MESSAGE);
    }
    return target.apply(endpoint, needed);
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    return target.live(endpoint);
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    return target.observe(endpoint, since);
  }

  @Override
  public void remove(Endpoint endpoint) {
    target.remove(endpoint);
  }
}
