package io.millrace.infra.market;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes train, by what they left in the store. Keys are run, pool and number. Thread-safe.
 */
public final class TrainingNodes implements Predicate<String> {
  private static final Pattern STATE = Pattern.compile("/(\\d+)/manifest\\.json$");

  private final ObjectStore store;
  private final Journal journal;
  private final @Nullable String family;

  /** Those that have begun to train, their data read. */
  public TrainingNodes(ObjectStore store) {
    this(store, null);
  }

  private TrainingNodes(ObjectStore store, @Nullable String family) {
    this.store = store;
    this.journal = new Journal(store);
    this.family = family;
  }

  /**
   * Those that are in the middle of a trial of that family: they have kept a state of their own
   * since they began it, and have not ended it. However fast a machine is, what strikes then
   * strikes training, if trials of the family are not over in a moment.
   */
  public static TrainingNodes inTheMiddleOf(ObjectStore store, String family) {
    return new TrainingNodes(store, family);
  }

  @Override
  public boolean test(String node) {
    String run = run(node);
    if (run.isEmpty()) {
      return false;
    }
    Set<String> kept =
        store.list("runs/" + run + "/trials/").stream()
            .map(key -> key.substring(key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1))
            .collect(Collectors.toSet());
    return journal.attemptsOf(run).stream()
        .filter(attempt -> attempt.node().equals(node))
        .filter(attempt -> kept.contains(key(attempt, "origin")))
        .anyMatch(
            attempt ->
                family == null || (!kept.contains(key(attempt, "end")) && inside(run, attempt)));
  }

  private static String key(Journal.Attempt attempt, String what) {
    return "%s/%010d-%s.json".formatted(attempt.inputDigest(), attempt.seq(), what);
  }

  private boolean inside(String run, Journal.Attempt attempt) {
    TrialRecord trial = new Trials(store).find(run, attempt.inputDigest()).orElse(null);
    return trial != null
        && trial.request().candidate().family().equals(family)
        && trial.attempts().stream()
            .filter(one -> one.run().equals(run) && one.node().equals(attempt.node()))
            .anyMatch(one -> one.seq() == attempt.seq() && inside(run, trial.digest(), one));
  }

  private boolean inside(String run, String digest, TrialAttempt attempt) {
    TrialAttempt.Origin origin = attempt.origin();
    return origin != null
        && attempt.end() == null
        && store.list("runs/" + run + "/checkpoints/trial-" + digest + "/").stream()
            .map(STATE::matcher)
            .filter(Matcher::find)
            .anyMatch(state -> Long.parseLong(state.group(1)) > origin.step());
  }

  private static String run(String node) {
    String[] parts = node.split("-", -1);
    return parts.length < 3 ? "" : String.join("-", List.of(parts).subList(0, parts.length - 2));
  }
}
