package io.millrace.infra.market;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A price history of the market's own, seeded: the emulator's is one price of 2006. A spot price
 * wanders between a quarter and a half of a nominal dollar an hour; types and zones differ.
 */
final class SpotPrices {
  private final long seed;
  private final List<String> zones;

  SpotPrices(long seed, List<String> zones) {
    this.seed = seed;
    this.zones = List.copyOf(zones);
  }

  /** US dollars an hour, equal for equal hours. */
  double hourly(String type, String zone, Instant at) {
    long hour = at.getEpochSecond() / 3600;
    SplittableRandom random =
        new SplittableRandom(seed ^ (31L * type.hashCode() + zone.hashCode()) ^ (hour << 20));
    return Math.round((0.25 + 0.25 * random.nextDouble()) * 10_000) / 10_000.0;
  }

  /** The prices in force and those of the hour before. */
  String answer(List<String> types) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.HOURS);
    StringBuilder xml =
        new StringBuilder("<DescribeSpotPriceHistoryResponse")
            .append(Answers.space())
            .append("><requestId>market</requestId><spotPriceHistorySet>");
    for (String type : types) {
      for (String zone : zones) {
        for (Instant at : List.of(now, now.minus(1, ChronoUnit.HOURS))) {
          xml.append("<item>")
              .append(Answers.element("instanceType", type))
              .append(Answers.element("productDescription", "Linux/UNIX"))
              .append(Answers.element("spotPrice", "%.6f".formatted(hourly(type, zone, at))))
              .append(Answers.element("timestamp", at.toString()))
              .append(Answers.element("availabilityZone", zone))
              .append("</item>");
        }
      }
    }
    return xml.append("</spotPriceHistorySet><nextToken/></DescribeSpotPriceHistoryResponse>")
        .toString();
  }
}
