package io.millrace.workflows.pipeline;

import io.millrace.workflows.pipeline.PipelineStatus.SweepStatus;
import io.millrace.workflows.pipeline.PipelineStatus.TrialLine;
import io.millrace.workflows.pipeline.SearchProposals.Job;
import io.millrace.workflows.port.search.SearchActivities.Reached;
import io.millrace.workflows.port.search.SearchActivities.State;
import io.millrace.workflows.port.search.SearchActivities.Tried;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.TrainingSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every trial of a run and where it is; a result, once there, is kept whatever comes after. */
final class TrialBook {
  /** Trials that a status tells of: a status is a payload, a page and a screen. */
  static final int SHOWN = 20;

  static final int BEST = 5;

  private final TrainingSpec training;
  private final Map<Integer, Entry> entries = new TreeMap<>();

  TrialBook(TrainingSpec training) {
    this.training = training;
  }

  /**
   * @param waits begun and interrupted; for the search it still runs
   * @param reached each result's value, by the epochs it was to pause after
   */
  private record Entry(
      Job job, State state, boolean waits, @Nullable TrialResult result, List<Reached> reached) {}

  int size() {
    return entries.size();
  }

  void started(Job job) {
    put(job, State.RUNNING, false);
  }

  /** What it had when it paused before is kept. */
  void diverged(Job job) {
    put(job, State.DIVERGED, false);
  }

  /** Cancelled or failed on the way; what it had when it paused before is kept. */
  void interrupted(Job job) {
    put(job, State.RUNNING, true);
  }

  private void put(Job job, State state, boolean waits) {
    Entry before = entries.get(job.trial());
    entries.put(
        job.trial(),
        before == null
            ? new Entry(job, state, waits, null, List.of())
            : new Entry(job, state, waits, before.result(), before.reached()));
  }

  void ended(Job job, TrialResult result) {
    Entry before = entries.get(job.trial());
    List<Reached> reached = new ArrayList<>(before == null ? List.of() : before.reached());
    Double value = result.measured(training.objective().metric());
    if (value != null) {
      reached.add(new Reached(result.paused() ? job.stopAfter() : null, value));
    }
    State state = result.paused() ? State.PAUSED : State.DONE;
    entries.put(job.trial(), new Entry(job, state, false, result, List.copyOf(reached)));
  }

  /** In the order of the trials; those that have none are left out. */
  List<TrialResult> results() {
    return entries.values().stream().map(Entry::result).filter(Objects::nonNull).toList();
  }

  /** What the search may know. */
  List<Tried> tried() {
    return entries.values().stream()
        .map(
            entry ->
                new Tried(
                    entry.job().trial(),
                    entry.job().source(),
                    entry.job().candidate(),
                    entry.job().stopAfter(),
                    entry.state(),
                    entry.reached()))
        .toList();
  }

  /**
   * @param ended why nothing more is tried; null while there is more, and when all was tried
   */
  SweepStatus status(@Nullable String ended) {
    return new SweepStatus(
        training.search().method().word(),
        training.search().trials(),
        entries.size(),
        count(State.RUNNING),
        count(State.DONE),
        count(State.PAUSED),
        count(State.DIVERGED),
        training.objective().metric(),
        best().limit(BEST).map(this::line).toList(),
        ended);
  }

  /** At most {@value #SHOWN}: those that run, the best, then the newest; in order. */
  List<TrialProgress> progress() {
    Set<Integer> shown = new LinkedHashSet<>();
    entries.values().stream()
        .filter(entry -> entry.state() == State.RUNNING && !entry.waits())
        .forEach(entry -> shown.add(entry.job().trial()));
    best().limit(BEST).forEach(entry -> shown.add(entry.job().trial()));
    new TreeMap<>(entries).descendingKeySet().forEach(shown::add);
    return shown.stream()
        .limit(SHOWN)
        .sorted()
        .map(entries::get)
        .filter(Objects::nonNull)
        .map(this::progress)
        .toList();
  }

  private int count(State state) {
    return (int)
        entries.values().stream().filter(entry -> entry.state() == state && !entry.waits()).count();
  }

  private Stream<Entry> best() {
    Comparator<Entry> order =
        Comparator.comparing(this::value, Comparator.nullsLast(Comparator.naturalOrder()));
    return entries.values().stream()
        .filter(entry -> value(entry) != null)
        .sorted(training.objective().maximise() ? order.reversed() : order);
  }

  private @Nullable Double value(Entry entry) {
    TrialResult result = entry.result();
    return result == null ? null : result.measured(training.objective().metric());
  }

  private TrialLine line(Entry entry) {
    TrialResult result = entry.result();
    return new TrialLine(
        entry.job().trial(),
        entry.job().candidate().family(),
        words(entry.job().candidate()),
        entry.waits() ? "interrupted" : entry.state().name().toLowerCase(java.util.Locale.ROOT),
        result == null ? 0 : result.epochs(),
        value(entry));
  }

  /** {@code depth 4, learning-rate 0.05}; empty for nothing but defaults. */
  static String words(CandidateSpec candidate) {
    String words =
        new TreeMap<>(candidate.parameters())
            .entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
    return words.length() <= 100 ? words : words.substring(0, 99) + "…";
  }

  private TrialProgress progress(Entry entry) {
    TrialResult result = entry.result();
    int epochs = result == null ? 0 : result.epochs();
    // a family counts its own passes, the search counts epochs
    Integer reached = entry.reached().isEmpty() ? null : entry.reached().getLast().stopAfter();
    double share =
        entry.state() == State.DONE
            ? 1
            : reached == null ? 0 : Math.min(1, (double) reached / training.maxEpochs());
    return new TrialProgress(
        entry.job().trial(),
        entry.job().candidate().family(),
        epochs,
        share,
        0,
        value(entry),
        0,
        entry.state() == State.RUNNING ? null : 0.0,
        null,
        "",
        result == null ? null : result.steps());
  }
}
