package io.millrace.activities.compute;

import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Price;
import io.millrace.workflows.port.compute.ComputeActivities.PriceRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Prices;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.SpotPrice;

/**
 * Spot prices as EC2 tells them, newest per type and zone; on-demand prices as the settings tell
 * them. A price that is not known is left out, never guessed.
 */
final class Ec2Prices {
  private static final Logger LOG = LoggerFactory.getLogger(Ec2Prices.class);

  private final Ec2Client ec2;
  private final Map<String, Double> onDemand;
  private final Ec2Offerings offerings;

  Ec2Prices(Ec2Client ec2, Ec2Offerings offerings, Map<String, Double> onDemand) {
    this.ec2 = ec2;
    this.offerings = offerings;
    this.onDemand = onDemand;
  }

  Prices of(PriceRequest request) {
    Instant now = Instant.now();
    List<Price> prices = new ArrayList<>();
    Set<String> zones = new TreeSet<>(request.zones());
    List<String> types = request.types().isEmpty() ? List.of() : offerings.types(request.types());
    if (!types.isEmpty()) {
      Map<Offering, SpotPrice> newest = new HashMap<>();
      for (SpotPrice one : history(types, now)) {
        if (request.zones().isEmpty() || request.zones().contains(one.availabilityZone())) {
          newest.merge(
              new Offering(one.instanceTypeAsString(), one.availabilityZone()),
              one,
              (a, b) -> a.timestamp().isBefore(b.timestamp()) ? b : a);
        }
      }
      newest.forEach(
          (offering, price) -> {
            zones.add(offering.zone());
            number(price).ifPresent(p -> prices.add(new Price(offering, Market.SPOT, p)));
          });
    }
    for (String type : types) {
      Double hourly = onDemand.get(type);
      if (hourly != null) {
        for (String zone : zones) {
          prices.add(new Price(new Offering(type, zone), Market.ON_DEMAND, hourly));
        }
      }
    }
    prices.sort(
        (a, b) -> (a.offering() + "" + a.market()).compareTo(b.offering() + "" + b.market()));
    return new Prices(now, prices);
  }

  private List<SpotPrice> history(List<String> types, Instant now) {
    return Ec2Errors.call(
        "DescribeSpotPriceHistory",
        () ->
            ec2
                .describeSpotPriceHistoryPaginator(
                    // from now on: EC2 answers with the prices in force
                    r ->
                        r.instanceTypesWithStrings(types)
                            .productDescriptions("Linux/UNIX")
                            .startTime(now))
                .spotPriceHistory()
                .stream()
                .toList());
  }

  private static java.util.Optional<Double> number(SpotPrice price) {
    try {
      double hourly = Double.parseDouble(price.spotPrice());
      if (hourly > 0 && !Double.isInfinite(hourly)) {
        return java.util.Optional.of(hourly);
      }
    } catch (NumberFormatException | NullPointerException e) {
      // said below
    }
    LOG.warn("spot price of {}: {} (expected: > 0)", price.instanceType(), price.spotPrice());
    return java.util.Optional.empty();
  }
}
