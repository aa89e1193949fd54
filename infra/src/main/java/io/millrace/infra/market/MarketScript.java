package io.millrace.infra.market;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a market does. Times count from the moment an instance is at work, so that a script strikes
 * training and not the boot.
 *
 * @param seed it was drawn from; 0 for one written by hand
 * @param fates of the instances in the order in which they get to work; later ones live
 * @param droughts what is not to be had, and how often
 * @param outage of the status API; null for none
 */
public record MarketScript(
    long seed, List<Fate> fates, List<Drought> droughts, @Nullable Outage outage) {
  public MarketScript {
    fates = List.copyOf(fates);
    droughts = List.copyOf(droughts);
  }

  /** How an instance's time ends. */
  public enum End {
    /** Not by the market. */
    LIVES,
    /** A notice, then the machine goes. */
    NOTICE,
    /** The machine goes without a word. */
    KILL,
    /** A recommendation to rebalance, and nothing more. */
    REBALANCE,
    /** A recommendation, then a notice, then the machine goes. */
    REBALANCE_THEN_NOTICE
  }

  /**
   * @param after being at work
   * @param lead between notice and end; 2 minutes on AWS
   */
  public record Fate(End end, Duration after, Duration lead) {}

  /**
   * @param type of instance that is not to be had
   * @param orders answered so before it is to be had again
   */
  public record Drought(String type, int orders) {}

  /**
   * Calls that ask for instances' states fail in every way there is.
   *
   * @param after the first instance is at work
   */
  public record Outage(Duration after, Duration lasts) {}

  /** Nothing happens. */
  public static MarketScript calm() {
    return new MarketScript(0, List.of(), List.of(), null);
  }

  /**
   * A script with one to three disturbed instances.
   *
   * @param types of instances that are ordered
   * @param lead between a notice and its end
   * @param within which a disturbed instance's end begins
   */
  public static MarketScript random(long seed, List<String> types, Duration lead, Duration within) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Fate> fates = new ArrayList<>();
    int disturbed = 1 + random.nextInt(3);
    for (int i = 0; i < disturbed; i++) {
      int dice = random.nextInt(100);
      End end =
          dice < 40
              ? End.NOTICE
              : dice < 70 ? End.KILL : dice < 85 ? End.REBALANCE_THEN_NOTICE : End.REBALANCE;
      fates.add(new Fate(end, Duration.ofMillis(50 + random.nextLong(within.toMillis())), lead));
    }
    List<Drought> droughts = new ArrayList<>();
    for (String type : types) {
      if (random.nextInt(100) < 30) {
        // where all are short at once a pool waits longer from order to order
        droughts.add(new Drought(type, droughts.isEmpty() ? 1 + random.nextInt(2) : 1));
      }
    }
    Outage outage =
        random.nextInt(100) < 30
            ? new Outage(
                Duration.ofMillis(random.nextLong(within.toMillis())),
                Duration.ofMillis(within.toMillis() * (1 + random.nextInt(3))))
            : null;
    return new MarketScript(seed, fates, droughts, outage);
  }
}
