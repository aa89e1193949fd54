package io.millrace.infra.worker;

import io.millrace.activities.compute.SpotNotice;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of a trainer.
 *
 * @param taskQueue what it polls
 * @param store setting that opens the store
 * @param scratch downloads
 * @param node its name, for people
 * @param pool workflow id of the pool that started it; null for none
 * @param threads native threads of the engine
 * @param ttl time without work after which it ends itself; ISO-8601
 * @param imds whether to ask the machine's metadata service for interruption notices; only a
 *     launcher that knows there is one says so, as elsewhere the address belongs to nobody
 * @param imdsEvery between two looks at it
 */
record TrainerFlags(
    String taskQueue,
    String store,
    Path scratch,
    String node,
    @Nullable String pool,
    int threads,
    Duration ttl,
    boolean imds,
    Duration imdsEvery) {
  /** A node whose pool forgot it must not poll for ever; a pool's node waits for work meanwhile. */
  private static final String LONGEST_IDLE = "PT24H";

  private static final List<String> NEEDED =
      List.of("--task-queue", "--store", "--scratch", "--node");
  private static final Set<String> OPTIONAL =
      Set.of("--pool", "--threads", "--ttl", "--imds", "--imds-every");

  /**
   * @throws IllegalArgumentException with every problem
   */
  static TrainerFlags of(String... arguments) {
    List<String> problems = new ArrayList<>();
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String flag = arguments[i];
      if (!NEEDED.contains(flag) && !OPTIONAL.contains(flag)) {
        problems.add(flag + " (expected: one of " + NEEDED + " or " + OPTIONAL + ")");
      } else if (i + 1 == arguments.length) {
        problems.add(flag + ": nothing (expected: a value)");
      } else {
        given.put(flag, arguments[i + 1]);
      }
    }
    for (String flag : NEEDED) {
      if (!given.containsKey(flag)) {
        problems.add(flag + ": nothing (expected: a value)");
      }
    }
    int threads = 1;
    String threadsText = given.getOrDefault("--threads", "1");
    try {
      threads = Integer.parseInt(threadsText);
    } catch (NumberFormatException e) {
      threads = 0;
    }
    if (threads < 1) {
      problems.add("--threads: " + threadsText + " (expected: > 0)");
    }
    Duration ttl = duration("--ttl", given, LONGEST_IDLE, problems);
    Duration imdsEvery = duration("--imds-every", given, SpotNotice.EVERY.toString(), problems);
    String imds = given.getOrDefault("--imds", "false");
    if (!imds.equals("true") && !imds.equals("false")) {
      problems.add("--imds: " + imds + " (expected: true or false)");
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    return new TrainerFlags(
        given.getOrDefault("--task-queue", ""),
        given.getOrDefault("--store", ""),
        Path.of(given.getOrDefault("--scratch", "")),
        given.getOrDefault("--node", ""),
        given.get("--pool"),
        threads,
        ttl,
        imds.equals("true"),
        imdsEvery);
  }

  private static Duration duration(
      String flag, Map<String, String> given, String otherwise, List<String> problems) {
    String text = given.getOrDefault(flag, otherwise);
    try {
      Duration duration = Duration.parse(text);
      if (duration.isPositive()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // said below
    }
    problems.add(flag + ": " + text + " (expected: a duration such as PT24H, > 0)");
    return Duration.ZERO;
  }
}
