package io.millrace.infra.market;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.ObjectStore;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which nodes have begun to train, their data read, by what they left in the store. Keys are run,
 * pool and number.
 */
public final class TrainingNodes implements Predicate<String> {
  private final ObjectStore store;
  private final Journal journal;

  public TrainingNodes(ObjectStore store) {
    this.store = store;
    this.journal = new Journal(store);
  }

  @Override
  public boolean test(String node) {
    String run = run(node);
    if (run.isEmpty()) {
      return false;
    }
    Set<String> begun =
        store.list("runs/" + run + "/trials/").stream()
            .filter(key -> key.endsWith("-origin.json"))
            .map(key -> key.substring(key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1))
            .collect(Collectors.toSet());
    return journal.attemptsOf(run).stream()
        .filter(attempt -> attempt.node().equals(node))
        .anyMatch(
            attempt ->
                begun.contains(
                    "%s/%010d-origin.json".formatted(attempt.inputDigest(), attempt.seq())));
  }

  private static String run(String node) {
    String[] parts = node.split("-", -1);
    return parts.length < 3 ? "" : String.join("-", List.of(parts).subList(0, parts.length - 2));
  }
}
