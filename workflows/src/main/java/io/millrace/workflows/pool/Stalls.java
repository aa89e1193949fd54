package io.millrace.workflows.pool;

import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes live and get nowhere: those that told of steps and have told of none for many times
 * as long as usual. A node that has told of none yet reads its data, which takes what it takes.
 *
 * <p>Usual is the median of the last {@value #KEPT} times between two tellings, of all nodes of the
 * pool: on the same trials a good node is the measure of a bad one. Fewer than {@value #FEWEST} are
 * no measure.
 */
public final class Stalls {
  /** How many times the median, when the request does not say. */
  static final int TIMES = 10;

  /** Under this a pause is a slow store or a telling that was lost, however short steps are. */
  static final Duration LEAST = Duration.ofMinutes(5);

  static final int KEPT = 32;
  static final int FEWEST = 3;

  /** Own timers come to the second; a later one means that the server was away. */
  private static final Duration LATE = Duration.ofMinutes(1);

  /**
   * @param node its key
   * @param step the last it told of
   * @param at when it did
   */
  public record Told(String node, long step, Instant at) {}

  /**
   * @param seconds between two tellings, the newest last
   */
  public record State(List<Told> told, List<Double> seconds) {
    public State {
      told = Checks.list(told);
      seconds = Checks.list(seconds);
    }
  }

  private final int times;
  private final Map<String, Told> told = new LinkedHashMap<>();
  private final List<Double> seconds = new ArrayList<>();

  /**
   * @param times null for the default, 0 for never
   * @param known null for nothing
   */
  Stalls(@Nullable Integer times, @Nullable State known) {
    this.times = times == null ? TIMES : times;
    if (known != null) {
      known.told().forEach(one -> told.put(one.node(), one));
      seconds.addAll(known.seconds());
    }
  }

  State state() {
    return new State(List.copyOf(told.values()), seconds);
  }

  /** The node has done the step. */
  void moved(String node, long step, Instant now) {
    Told before = told.get(node);
    if (before != null && before.step() == step) {
      return;
    }
    told.put(node, new Told(node, step, now));
    if (before != null) {
      seconds.add(Duration.between(before.at(), now).toMillis() / 1000.0);
      if (seconds.size() > KEPT) {
        seconds.removeFirst();
      }
    }
  }

  /** The node does something that has no steps, or is gone. */
  void forget(String node) {
    told.remove(node);
  }

  /**
   * Waited until {@code due} and woke {@code now}: when that is late, nobody could tell anything,
   * and every node has its whole time again.
   */
  void woke(Instant due, Instant now) {
    if (Duration.between(due, now).compareTo(LATE) > 0) {
      told.replaceAll((node, one) -> new Told(node, one.step(), now));
    }
  }

  boolean stalled(String node, Instant now) {
    Instant due = due(node);
    return due != null && !now.isBefore(due);
  }

  /** How long it has told of no step. */
  Duration silent(String node, Instant now) {
    Told last = told.get(node);
    return last == null ? Duration.ZERO : Duration.between(last.at(), now);
  }

  /** When it counts as stalled unless it tells of a step before; null when never. */
  @Nullable Instant due(String node) {
    Told last = told.get(node);
    Duration patience = patience();
    return last == null || patience == null ? null : last.at().plus(patience);
  }

  /** Null while there is no measure. */
  private @Nullable Duration patience() {
    if (times == 0 || seconds.size() < FEWEST) {
      return null;
    }
    List<Double> sorted = seconds.stream().sorted().toList();
    Duration patience = Duration.ofMillis((long) (sorted.get(sorted.size() / 2) * 1000 * times));
    return patience.compareTo(LEAST) < 0 ? LEAST : patience;
  }
}
