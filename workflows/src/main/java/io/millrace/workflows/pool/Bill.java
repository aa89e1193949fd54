package io.millrace.workflows.pool;

import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import io.millrace.workflows.port.compute.ComputeActivities.Price;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a pool cost: hours times the price at the time, to the second, a started minute
 * being a whole one, which is how EC2 bills Linux. A first hour that the cloud interrupts is
 * counted although EC2 may give it away, so the sum is never too small.
 */
public final class Bill {
  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final double SECONDS_PER_HOUR = 3600;

  /**
   * A node that is being paid for.
   *
   * @param placement null for kinds that cost nothing
   * @param from up to when it is accounted for
   * @param unpriced seconds before that for which no price was known yet
   */
  public record Meter(
      String key, @Nullable Placement placement, Instant launched, Instant from, double unpriced) {}

  /**
   * @param closed costs up to the last reading; its {@code hourly} is 0
   */
  public record State(Costs closed, List<Meter> meters, List<Price> prices) {
    static final State EMPTY = new State(Costs.NONE, List.of(), List.of());

    public State {
      meters = Checks.list(meters);
      prices = Checks.list(prices);
    }
  }

  private final Map<String, Meter> meters = new LinkedHashMap<>();
  private Costs closed;
  private List<Price> prices;

  Bill(State known) {
    known.meters().forEach(meter -> meters.put(meter.key(), meter));
    closed = known.closed();
    prices = known.prices();
  }

  State state() {
    return new State(closed, List.copyOf(meters.values()), prices);
  }

  /** Begins with the node's own start where that is believable: after {@code earliest}. */
  void open(Node node, Instant earliest, Instant now) {
    boolean own = !node.launched().isBefore(earliest) && !node.launched().isAfter(now);
    Instant from = own ? node.launched() : now;
    meters.putIfAbsent(node.key(), new Meter(node.key(), node.placement(), from, from, 0));
  }

  /** Accounts for the time up to now at the prices that are known. */
  void read(Instant now) {
    for (Meter meter : List.copyOf(meters.values())) {
      read(meter, now);
    }
  }

  /** New prices; the time before them is accounted for at the old ones. */
  void prices(List<Price> now, Instant at) {
    read(at);
    if (!now.isEmpty()) {
      prices = List.copyOf(now);
    }
    read(at);
  }

  /**
   * The node is gone.
   *
   * @param lost greatest time of its work that went with it
   */
  void close(String key, Instant now, Duration lost) {
    Meter meter = meters.get(key);
    if (meter == null) {
      return;
    }
    Duration life = Duration.between(meter.launched(), now);
    double lostSeconds = Math.max(0, Math.min(seconds(lost), seconds(life)));
    boolean bought = meter.placement() != null;
    read(meter, bought && life.compareTo(LEAST) < 0 ? meter.launched().plus(LEAST) : now);
    Meter read = meters.remove(key);
    double unpriced = read == null ? 0 : read.unpriced();
    add(0, 0, lostSeconds / SECONDS_PER_HOUR * hourly(meter), 0, 0, lostSeconds, unpriced);
  }

  /** With what the open meters add. */
  Costs costs() {
    double unpriced = meters.values().stream().mapToDouble(Meter::unpriced).sum();
    double hourly = meters.values().stream().mapToDouble(this::hourly).sum();
    return new Costs(
        closed.spot(),
        closed.onDemand(),
        closed.lost(),
        closed.saved(),
        closed.nodeHours(),
        closed.lostSeconds(),
        closed.unpricedHours() + unpriced / SECONDS_PER_HOUR,
        hourly);
  }

  /** Time until the cost reaches the budget at today's prices; empty when it never will. */
  Optional<Duration> until(double budget) {
    Costs now = costs();
    if (now.total() >= budget) {
      return Optional.of(Duration.ZERO);
    }
    double seconds = (budget - now.total()) / now.hourly() * SECONDS_PER_HOUR;
    // a year and more, or nothing to pay for
    return seconds < 4e7
        ? Optional.of(Duration.ofMillis((long) Math.ceil(seconds * 1000)))
        : Optional.empty();
  }

  private void read(Meter meter, Instant now) {
    double seconds = seconds(Duration.between(meter.from(), now));
    if (seconds < 0) {
      return;
    }
    Placement placement = meter.placement();
    double hours = seconds / SECONDS_PER_HOUR;
    double unpriced = meter.unpriced();
    if (placement == null) {
      add(0, 0, 0, 0, hours, 0, 0);
    } else {
      Double price = price(placement, placement.market());
      double due = (seconds + unpriced) / SECONDS_PER_HOUR;
      unpriced = price == null ? seconds + unpriced : 0;
      boolean spot = placement.market() == Market.SPOT;
      double cost = price == null ? 0 : due * price;
      Double list = spot && price != null ? price(placement, Market.ON_DEMAND) : null;
      double saved = list == null ? 0 : due * list - cost;
      add(spot ? cost : 0, spot ? 0 : cost, 0, saved, hours, 0, 0);
    }
    meters.put(meter.key(), new Meter(meter.key(), placement, meter.launched(), now, unpriced));
  }

  private double hourly(Meter meter) {
    Placement placement = meter.placement();
    Double price = placement == null ? null : price(placement, placement.market());
    return price == null ? 0 : price;
  }

  /** Of the offering; else the dearest of its type, so that no budget is overrun unseen. */
  private @Nullable Double price(Placement placement, Market market) {
    Double dearest = null;
    for (Price price : prices) {
      if (price.market() != market
          || !price.offering().type().equals(placement.offering().type())) {
        continue;
      }
      if (price.offering().equals(placement.offering())) {
        return price.hourly();
      }
      dearest = dearest == null ? price.hourly() : Math.max(dearest, price.hourly());
    }
    return dearest;
  }

  private void add(
      double spot,
      double onDemand,
      double lost,
      double saved,
      double hours,
      double lostSeconds,
      double unpricedSeconds) {
    closed =
        closed.plus(
            new Costs(
                spot,
                onDemand,
                lost,
                saved,
                hours,
                lostSeconds,
                unpricedSeconds / SECONDS_PER_HOUR,
                0));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
