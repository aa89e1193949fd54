package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.journal.Journal;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialAttempt.How;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import io.millrace.infra.market.SpotMarket.Event;
import io.millrace.infra.market.SpotMarket.What;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a run on a spot market keeps whatever the market does, read from what the run itself left in
 * the store and from when its objects were seen there first.
 */
final class MarketPromises {
  /** What a notice may cost until the state is safe. */
  private static final Duration SAFE = Duration.ofSeconds(30);

  /** State and manifest, each created and perhaps read again, and the oldest looked up and gone. */
  private static final int CALLS_OF_A_CHECKPOINT = 6;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  private final ObjectStore store;
  private final String run;
  private final Map<String, Instant> seen = new ConcurrentHashMap<>();
  private final List<Look> looks = new CopyOnWriteArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final Thread watcher;
  private int deaths;
  private int notices;

  /** Begins to look at what the run leaves. */
  MarketPromises(ObjectStore store, String run) {
    this.store = store;
    this.run = run;
    this.watcher = Thread.ofPlatform().daemon().name("market-promises").start(this::watch);
  }

  /** A look into the store. */
  private record Look(Instant at, Duration took) {}

  private void watch() {
    while (!Thread.currentThread().isInterrupted()) {
      Instant from = Instant.now();
      try {
        store.list("runs/" + run + "/checkpoints/").stream()
            .filter(key -> key.endsWith("/manifest.json"))
            .forEach(key -> seen.putIfAbsent(key, Instant.now()));
        store.list("runs/" + run + "/trials/").stream()
            .filter(key -> key.endsWith("-origin.json"))
            .forEach(key -> seen.putIfAbsent(key, Instant.now()));
        looks.add(new Look(from, Duration.between(from, Instant.now())));
        Thread.sleep(BETWEEN_LOOKS);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // the next look
      }
    }
  }

  /** Ends looking. */
  void seenAll() throws InterruptedException {
    watcher.interrupt();
    watcher.join();
  }

  /** Nodes that died while they trained. */
  int deaths() {
    return deaths;
  }

  /** Nodes that were given notice while they trained, and stopped for it. */
  int notices() {
    return notices;
  }

  /** What was measured, for people. */
  String said() {
    return String.join(", ", said);
  }

  /**
   * @param every how often states are to be kept
   */
  void assertKept(List<Event> events, Duration every) {
    assertNothingFinishedRanTwice();
    List<TrialRecord> trials = new Trials(store).of(run);
    assertThat(trials).isNotEmpty();
    for (TrialRecord trial : trials) {
      assertThat(trial.attempts())
          .as("trial " + trial.trial() + ": finished once")
          .filteredOn(attempt -> attempt.end() != null && attempt.end().how() == How.FINISHED)
          .hasSize(1);
    }
    Set<String> disturbed = new TreeSet<>();
    for (Event event : events) {
      switch (event.what()) {
        case NOTICED -> noticed(event, events, trials);
        case REBALANCED -> rebalanced(event, events, trials);
        case KILLED -> killed(event, trials, every);
        default -> {
          continue;
        }
      }
      disturbed.add(event.instance());
    }
    assertThat(events(events, What.STARTED))
        .as("a node is replaced when it was warned or is gone, and never else")
        .hasSizeBetween(1, 1 + disturbed.size());
    said.add(events(events, What.STARTED).size() + " nodes for " + disturbed.size() + " disturbed");
    long repeated = trials.stream().mapToLong(TrialRecord::repeated).sum();
    long steps = trials.stream().mapToLong(t -> Objects.requireNonNull(t.result()).steps()).sum();
    said.add(repeated + " of " + steps + " steps repeated");
  }

  private void noticed(Event notice, List<Event> events, List<TrialRecord> trials) {
    Event end = end(notice.instance(), events);
    assertThat(end.what()).as("it left before it was taken").isEqualTo(What.LEFT);
    // 143 when the run was over meanwhile and its pool ended the node
    assertThat(end.detail()).isIn("exit 0", "exit 143");
    Work work = work(notice, trials);
    if (work == null) {
      said.add("notice to an idle node");
      return;
    }
    assertThat(work.end().how()).isIn(How.INTERRUPTED, How.FINISHED);
    if (work.end().how() == How.FINISHED) {
      said.add("notice at a trial's end");
      return;
    }
    assertThat(work.end().type()).isEqualTo("SPOT_INTERRUPTED");
    Instant durable =
        seen.entrySet().stream()
            .filter(e -> e.getKey().contains(folder(work)))
            .filter(e -> Objects.equals(step(e.getKey()), work.end().step()))
            .map(Map.Entry::getValue)
            .min(Instant::compareTo)
            .orElseThrow(() -> new AssertionError("no checkpoint of step " + work.end().step()));
    Duration safe = Duration.between(notice.at(), durable);
    assertThat(safe).as("notice to durable checkpoint").isLessThan(SAFE);
    TrialAttempt.Origin next = work.next();
    assertThat(next.reached()).as("steps that were done by then").isEqualTo(work.end().step());
    assertThat(next.repeated()).as("steps done again after a notice").isLessThanOrEqualTo(1);
    notices++;
    said.add("notice: safe in " + seconds(safe) + ", " + next.repeated() + " steps repeated");
    assertReplaced(notice, end, events);
  }

  /** A replacement is asked for before the machine is gone, from the first warning on. */
  private void assertReplaced(Event warning, Event end, List<Event> events) {
    Instant first =
        events.stream()
            .filter(e -> e.instance().equals(warning.instance()))
            .filter(e -> e.what() == What.REBALANCED || e.what() == What.NOTICED)
            .map(Event::at)
            .min(Instant::compareTo)
            .orElseThrow();
    Instant asked =
        events(events, What.ORDERED).stream()
            .map(Event::at)
            .filter(at -> !at.isBefore(first))
            .min(Instant::compareTo)
            .orElseThrow(() -> new AssertionError("no replacement was asked for"));
    assertThat(asked).as("a replacement is asked for before the machine goes").isBefore(end.at());
    said.add("replacement asked for after " + seconds(Duration.between(first, asked)));
  }

  /** Advice: the node works on. */
  private void rebalanced(Event advice, List<Event> events, List<TrialRecord> trials) {
    Work work = work(advice, trials);
    boolean noticed =
        events(events, What.NOTICED).stream().anyMatch(e -> e.instance().equals(advice.instance()));
    if (work != null && !noticed) {
      assertThat(work.end().how()).as("advice ends nothing").isEqualTo(How.FINISHED);
      said.add("rebalance: worked on");
    }
  }

  private void killed(Event death, List<TrialRecord> trials, Duration every) {
    assertThat(death.detail()).as("warned nodes leave by themselves").isEqualTo("without notice");
    Work work = work(death, trials);
    if (work == null || work.end().how() == How.FINISHED) {
      said.add("death of an idle node");
      return;
    }
    assertThat(work.end().how()).isEqualTo(How.LOST);
    if (work.attempt().origin() == null) {
      said.add("death before training");
      return;
    }
    TrialAttempt.Origin next = work.next();
    Instant kept = began(work);
    if (next.checkpoint() != null) {
      assertThat(next.checkpoint()).contains(folder(work));
      Instant there = seen.get(next.checkpoint());
      if (there == null) {
        throw new AssertionError(next.checkpoint() + " was never seen");
      }
      // the lost attempt may have gone on from there itself
      kept = later(there, kept);
    }
    Duration lost = Duration.between(kept, death.at());
    Duration late = late(death.at(), every);
    deaths++;
    said.add("death: " + seconds(lost) + " lost, " + next.repeated() + " steps known repeated");
    assertThat(lost)
        .as("training lost without notice, of which " + seconds(late) + " on the way to the store")
        .isLessThan(every.plus(late));
    seen.forEach(
        (key, at) -> {
          if (at.isBefore(death.at()) && key.contains(folder(work))) {
            assertThat(step(key)).as(key + " was there").isLessThanOrEqualTo(next.step());
          }
        });
  }

  /**
   * How long a state may be on its way to the store at that time: what is durable then was taken
   * over that much earlier. On a starved machine that is seconds; a look of ours, two calls to the
   * same store, says so without asking the trainer.
   */
  private Duration late(Instant death, Duration every) {
    Duration longest =
        looks.stream()
            .filter(look -> look.at().isAfter(death.minus(every.multipliedBy(2))))
            .filter(look -> look.at().isBefore(death.plusSeconds(1)))
            .map(Look::took)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    return longest.multipliedBy(CALLS_OF_A_CHECKPOINT).dividedBy(2).plus(BETWEEN_LOOKS);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  /** When the attempt had read its data. */
  private Instant began(Work work) {
    String end = "/%010d-origin.json".formatted(work.attempt().seq());
    String trial = "/trials/" + work.trial().trial() + "/";
    return seen.entrySet().stream()
        .filter(e -> e.getKey().contains(trial) && e.getKey().endsWith(end))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new AssertionError(end + " was never seen"));
  }

  /** Where the trial's checkpoints lie; they are named by the request alone, as the record is. */
  private static String folder(Work work) {
    return "/checkpoints/trial-" + work.trial().digest() + "/";
  }

  private static Long step(String manifest) {
    String[] parts = manifest.split("/");
    return Long.valueOf(parts[parts.length - 2]);
  }

  /** What a node was at, and the record of who went on. */
  private record Work(TrialRecord trial, TrialAttempt attempt, TrialAttempt.End end) {
    /** Where the trial went on: the next attempt that got to train. */
    TrialAttempt.Origin next() {
      List<TrialAttempt> all = trial.attempts();
      return all.subList(all.indexOf(attempt) + 1, all.size()).stream()
          .flatMap(next -> Stream.ofNullable(next.origin()))
          .findFirst()
          .orElseThrow(() -> new AssertionError("nobody went on after " + attempt));
    }
  }

  /** Null when the node was idle then. */
  private static @Nullable Work work(Event event, List<TrialRecord> trials) {
    for (TrialRecord trial : trials) {
      for (TrialAttempt attempt : trial.attempts()) {
        if (attempt.node().equals(event.key()) && !attempt.started().isAfter(event.at())) {
          TrialAttempt.End end = attempt.end();
          if (end == null) {
            throw new AssertionError("nobody told the end of " + attempt);
          }
          if (end.at().isAfter(event.at())) {
            return new Work(trial, attempt, end);
          }
        }
      }
    }
    return null;
  }

  private void assertNothingFinishedRanTwice() {
    Journal journal = new Journal(store);
    List<Journal.Entry> entries = journal.entries(run);
    assertThat(entries.stream().map(Journal.Entry::activity))
        .contains("DataIngest", "TrainFit", "SelectWinner", "GateEvaluate", "RegistryRegister");
    Map<String, Journal.Entry> done =
        entries.stream()
            .collect(Collectors.toMap(e -> e.activity() + e.inputDigest(), e -> e, (a, b) -> a));
    for (Journal.Attempt attempt : journal.attemptsOf(run)) {
      Journal.Entry entry = done.get(attempt.activity() + attempt.inputDigest());
      if (entry != null) {
        assertThat(attempt.started())
            .as(attempt.activity() + ": work begun after it was finished")
            .isBeforeOrEqualTo(entry.finished());
      }
    }
  }

  private static Event end(String instance, List<Event> events) {
    return events.stream()
        .filter(e -> e.instance().equals(instance))
        .filter(e -> e.what() == What.LEFT || e.what() == What.KILLED)
        .findFirst()
        .orElseThrow();
  }

  private static List<Event> events(List<Event> events, What what) {
    return events.stream().filter(event -> event.what() == what).toList();
  }

  private static String seconds(Duration duration) {
    return "%.1f s".formatted(duration.toMillis() / 1000.0);
  }
}
