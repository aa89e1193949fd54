package io.millrace.activities.data;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Divides a share of a whole over its parts so that the sum is exact to one: each part gets the
 * whole rows of its share, and what is left goes to the largest remainders (Hamilton's method; ties
 * by name).
 */
final class LargestRemainders {
  private LargestRemainders() {}

  static Map<String, Long> share(Map<String, Long> sizes, double share) {
    long total = sizes.values().stream().mapToLong(Long::longValue).sum();
    long wanted = Math.round(total * share);
    Map<String, Long> given = new TreeMap<>();
    Map<String, Double> remainders = new TreeMap<>();
    for (Map.Entry<String, Long> part : sizes.entrySet()) {
      double exact = part.getValue() * share;
      given.put(part.getKey(), (long) Math.floor(exact));
      remainders.put(part.getKey(), exact - Math.floor(exact));
    }
    long left = wanted - given.values().stream().mapToLong(Long::longValue).sum();
    // a sort that is stable over sorted names
    List<String> order =
        remainders.entrySet().stream()
            .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
            .map(Map.Entry::getKey)
            .toList();
    for (int i = 0; i < order.size() && left > 0; i++, left--) {
      given.merge(order.get(i), 1L, Long::sum);
    }
    return given;
  }
}
