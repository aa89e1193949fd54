package io.millrace.workflows.port.compute;

import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.RunRef;
import io.temporal.activity.ActivityInterface;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Machines, containers or local processes that run trials. */
@ActivityInterface(namePrefix = "Compute")
public interface ComputeActivities {
  /**
   * Starts a node; a repeat with the same {@code key} answers the node that was started.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CAPACITY_UNAVAILABLE} with a {@link
   *     Shortage} as its detail when there was none of what was ordered; {@code AWS_UNAVAILABLE};
   *     {@code CONFIG_INVALID} for credentials, quotas and orders that no retry mends
   */
  Node launch(LaunchRequest request);

  /**
   * Watches nodes and returns when one of them ended, or after {@code atMost}. Heartbeats. A node
   * is gone only when the process table, the engine or the cloud says so: an answer that does not
   * come says nothing, however long it stays away.
   */
  NodeReport await(AwaitRequest request);

  /** Ends a node: asks, waits, then kills. A node that is gone already is success. */
  void terminate(Node node);

  /** What an hour costs now; empty for kinds that cost nothing. */
  Prices prices(PriceRequest request);

  /** Finds nodes whose time to live is over or whose run has ended, and ends them unless dry. */
  Swept sweep(SweepRequest request);

  /** How capacity is bought. */
  enum Market {
    SPOT,
    ON_DEMAND
  }

  /**
   * @param key idempotency key, and the node's name
   * @param taskQueue what the node polls
   * @param kind {@code local}, {@code docker} or {@code ec2}
   * @param threads native threads
   * @param order what to buy; null for kinds without a market
   * @param image container image, or machine image, that the node starts from; null for the
   *     settings' own
   * @param memoryMegabytes limit of a container; null for none
   */
  record LaunchRequest(
      RunRef run,
      String key,
      String taskQueue,
      String kind,
      int threads,
      @Nullable Order order,
      @Nullable String image,
      @Nullable Integer memoryMegabytes) {}

  /**
   * @param types instance types that will do, such as {@code g5.xlarge}, or what they must have,
   *     such as {@code gpu-memory>=16GB}
   * @param zones availability zones that will do; empty for any
   * @param avoid where capacity failed lately; not asked unless nothing else is left
   * @param timeToLive after which the node ends itself and a sweep ends it
   */
  record Order(
      Market market,
      List<String> types,
      List<String> zones,
      List<Offering> avoid,
      Duration timeToLive) {
    public Order {
      types = Checks.list(types);
      zones = Checks.list(zones);
      avoid = Checks.list(avoid);
    }
  }

  /** An instance type in an availability zone. */
  record Offering(String type, String zone) {}

  /** Detail of {@code CAPACITY_UNAVAILABLE}: what had none. */
  record Shortage(List<Offering> offerings) {
    public Shortage {
      offerings = Checks.list(offerings);
    }
  }

  /**
   * @param id of the process ({@code pid@start}), the container or the instance
   * @param placement null for kinds without a market
   */
  record Node(
      String key, String id, String kind, Instant launched, @Nullable Placement placement) {}

  /** Where a bought node stands. */
  record Placement(Offering offering, Market market) {}

  record AwaitRequest(List<Node> nodes, Duration atMost) {}

  /**
   * @param ended nodes that are gone
   */
  record NodeReport(List<Node> ended) {
    public NodeReport {
      ended = Checks.list(ended);
    }
  }

  /**
   * @param types as in an {@link Order}
   */
  record PriceRequest(String kind, List<String> types, List<String> zones) {}

  /**
   * @param at when they were asked
   */
  record Prices(Instant at, List<Price> prices) {
    public Prices {
      prices = Checks.list(prices);
    }
  }

  /**
   * @param hourly US dollars an hour, > 0
   */
  record Price(Offering offering, Market market, double hourly) {}

  /**
   * @param kinds of compute to look at
   * @param dry true to report only
   */
  record SweepRequest(List<String> kinds, boolean dry) {}

  /**
   * @param orphans what was found, and ended unless it was a dry run
   */
  record Swept(List<Orphan> orphans) {
    public Swept {
      orphans = Checks.list(orphans);
    }
  }

  /**
   * @param reason a sentence
   */
  record Orphan(Node node, String run, String reason) {}
}
