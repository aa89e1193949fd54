package io.millrace.activities.watch.attribution;

import io.millrace.activities.dataset.Table;
import io.millrace.activities.watch.SortedNumbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Moves a column's values onto the distribution that they have in a reference, as little as that
 * takes: what hangs together with the other columns stays so, and a column that is as it was stays
 * as it is but for sampling.
 *
 * <p>Numbers keep their rank: a value with a share {@code r} of the values below it becomes the
 * reference's quantile {@code r} (the monotone transport, which is the least for any convex cost).
 * Of texts, and of missing values in either, as many rows as are too many of a level become levels
 * that are too few; which rows, is drawn by a seed.
 */
final class ColumnSwap {
  private static final String MISSING = "\0missing";
  private static final String PRESENT = "\0present";

  private ColumnSwap() {}

  /** The rows with one column moved. */
  static Table of(Table rows, Table reference, String name, long seed) {
    List<Table.Column> columns = new ArrayList<>();
    for (String other : rows.names()) {
      columns.add(
          other.equals(name)
              ? moved(rows.column(name), reference.column(name), new Random(seed))
              : rows.column(other));
    }
    return new Table(rows.rows(), columns);
  }

  private static Table.Column moved(Table.Column now, Table.Column before, Random random) {
    if (now instanceof Table.Numbers a && before instanceof Table.Numbers b) {
      return new Table.Numbers(now.name(), numbers(a.values(), b.values(), random));
    }
    if (now instanceof Table.Categories a && before instanceof Table.Categories b) {
      @Nullable String[] levels =
          Arrays.stream(a.values()).map(v -> v == null ? MISSING : v).toArray(String[]::new);
      String[] wanted =
          Arrays.stream(b.values()).map(v -> v == null ? MISSING : v).toArray(String[]::new);
      @Nullable String[] moved = levels(levels, wanted, random);
      for (int i = 0; i < moved.length; i++) {
        moved[i] = MISSING.equals(moved[i]) ? null : moved[i];
      }
      return new Table.Categories(now.name(), moved);
    }
    return now;
  }

  private static double[] numbers(double[] now, double[] before, Random random) {
    double[] known = Arrays.stream(before).filter(x -> !Double.isNaN(x)).sorted().toArray();
    if (known.length == 0) {
      double[] none = new double[now.length];
      Arrays.fill(none, Double.NaN);
      return none;
    }
    @Nullable String[] there = levels(presence(now), presence(before), random);
    double[] sorted = Arrays.stream(now).filter(x -> !Double.isNaN(x)).sorted().toArray();
    double[] moved = new double[now.length];
    for (int row = 0; row < now.length; row++) {
      if (MISSING.equals(there[row])) {
        moved[row] = Double.NaN;
      } else if (Double.isNaN(now[row])) {
        moved[row] = known[random.nextInt(known.length)];
      } else {
        // rows that share a value are spread over its share of the ranks
        int from = SortedNumbers.below(sorted, now[row]);
        int to = SortedNumbers.below(sorted, Math.nextUp(now[row]));
        double rank = (from + (to - from) * random.nextDouble()) / sorted.length;
        moved[row] = known[Math.min(known.length - 1, (int) (rank * known.length))];
      }
    }
    return moved;
  }

  private static @Nullable String[] presence(double[] values) {
    return Arrays.stream(values)
        .mapToObj(x -> Double.isNaN(x) ? MISSING : PRESENT)
        .toArray(String[]::new);
  }

  private static @Nullable String[] levels(
      @Nullable String[] now, @Nullable String[] before, Random random) {
    @Nullable String[] moved = now.clone();
    if (before.length == 0) {
      return moved;
    }
    Map<String, Integer> left = new TreeMap<>();
    for (String level : before) {
      left.merge(Objects.requireNonNull(level), 1, Integer::sum);
    }
    // of as many rows as there are now
    left.replaceAll((level, n) -> (int) Math.round((double) n * now.length / before.length));
    List<Integer> order = new ArrayList<>();
    for (int row = 0; row < now.length; row++) {
      order.add(row);
    }
    Collections.shuffle(order, random);
    List<Integer> tooMany = new ArrayList<>();
    Map<String, Integer> room = new HashMap<>(left);
    for (int row : order) {
      int some = room.getOrDefault(Objects.requireNonNull(now[row]), 0);
      if (some > 0) {
        room.put(Objects.requireNonNull(now[row]), some - 1);
      } else {
        tooMany.add(row);
      }
    }
    int at = 0;
    for (String level : left.keySet()) {
      for (int some = room.getOrDefault(level, 0); some > 0 && at < tooMany.size(); some--) {
        moved[tooMany.get(at++)] = level;
      }
    }
    return moved;
  }
}
