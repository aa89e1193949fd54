package io.millrace.workflows.steward;

import io.millrace.workflows.drift.DriftSummary;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.Debounce;
import io.millrace.workflows.spec.RetrainingSpec;
import io.millrace.workflows.steward.StewardState.ActiveRun;
import io.millrace.workflows.steward.StewardState.Rollback;
import io.millrace.workflows.steward.StewardState.Spent;
import io.millrace.workflows.steward.StewardState.Tally;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a steward knows, and how the Temporal UI shows it. */
final class Ledger {
  /** Outcomes kept; older ones are in the store. */
  private static final int KEPT = 20;

  /** As many as a month may have runs in any spec that somebody pays for. */
  private static final int SPENT = 200;

  private static final Set<String> AUTOMATIC = Set.of("drift", "quality", "age", "rows");

  private final String model;
  private int nextNumber;
  private @Nullable ActiveRun active;
  private @Nullable ModelRef champion;
  private @Nullable PipelineRequest request;
  private RetrainingSpec retraining;
  private List<Instant> retrainings;
  private @Nullable DriftSummary lastDrift;
  private final List<PipelineOutcome> history;
  private String waitsFor;
  private @Nullable Rollback rollback;
  private Tally tally;

  Ledger(StewardState state) {
    model = state.model();
    nextNumber = Math.max(1, state.nextNumber());
    active = state.active();
    champion = state.champion();
    request = state.request();
    retraining = state.retraining();
    retrainings = state.retrainings();
    lastDrift = state.lastDrift();
    history = new ArrayList<>(state.history());
    waitsFor = state.waitsFor();
    rollback = state.rollback();
    tally = state.tally() == null ? Tally.NONE : state.tally();
  }

  StewardState state() {
    return new StewardState(
        model,
        nextNumber,
        active,
        champion,
        request,
        retraining,
        retrainings,
        lastDrift,
        List.copyOf(history),
        waitsFor,
        rollback,
        tally.equals(Tally.NONE) ? null : tally);
  }

  String model() {
    return model;
  }

  @Nullable ActiveRun active() {
    return active;
  }

  /** Null before the first deployment. */
  @Nullable ModelRef champion() {
    return champion;
  }

  /** Null until a run got as far as a spec. */
  @Nullable PipelineRequest request() {
    return request;
  }

  /** Null before the first check. */
  @Nullable DriftSummary lastDrift() {
    return lastDrift;
  }

  RetrainingSpec retraining() {
    return retraining;
  }

  List<Instant> retrainings() {
    return retrainings;
  }

  /** Numbers up to this one are taken. */
  void taken(int number) {
    nextNumber = Math.max(nextNumber, number + 1);
  }

  int takeNumber() {
    return nextNumber++;
  }

  /** From a run that was admitted; null keeps what is known. */
  void learn(@Nullable PipelineRequest again, @Nullable RetrainingSpec rules) {
    if (again != null) {
      request = again;
    }
    if (rules != null) {
      retraining = rules;
    }
  }

  void activate(ActiveRun run) {
    active = run;
    waitsFor = "run " + run.number();
  }

  boolean isActive(String workflowId) {
    return active != null && active.workflowId().equals(workflowId);
  }

  /** The run is gone without a word. */
  void clear(String workflowId) {
    if (isActive(workflowId)) {
      active = null;
      waitsFor = "the next drift check";
    }
  }

  void finished(String workflowId, PipelineOutcome outcome) {
    boolean automatic =
        active != null
            && active.workflowId().equals(workflowId)
            && AUTOMATIC.contains(active.trigger().cause());
    clear(workflowId);
    boolean known = history.stream().anyMatch(o -> o.runId().equals(outcome.runId()));
    if (known) {
      return;
    }
    history.add(outcome);
    tally = counted(outcome, automatic);
    if (history.size() > KEPT) {
      history.remove(0);
    }
    if (outcome.result() == PipelineOutcome.Result.DEPLOYED && outcome.version() != null) {
      champion(outcome.version());
    }
  }

  private Tally counted(PipelineOutcome outcome, boolean automatic) {
    if (outcome.result() == PipelineOutcome.Result.DEPLOYED) {
      return new Tally(0, tally.seen(), spent(outcome, automatic));
    }
    return automatic ? new Tally(tally.fruitless() + 1, tally.seen(), spent(outcome, true)) : tally;
  }

  private List<Spent> spent(PipelineOutcome outcome, boolean automatic) {
    List<Spent> all = new ArrayList<>(tally.spent());
    if (automatic && outcome.cost() != null) {
      all.add(new Spent(WorkflowTime.now(), outcome.cost()));
    }
    // what is older than any budget says nothing any more; runs are bounded by perMonth
    return all.subList(Math.max(0, all.size() - SPENT), all.size());
  }

  Tally tally() {
    return tally;
  }

  /** A check that is newer than all others saw a reason to train again, or none. */
  void observed(boolean reason) {
    List<Boolean> seen = new ArrayList<>(tally.seen());
    seen.add(reason);
    tally =
        new Tally(
            tally.fruitless(),
            seen.subList(Math.max(0, seen.size() - Debounce.MOST), seen.size()),
            tally.spent());
  }

  void champion(ModelRef version) {
    champion = version;
    Workflow.upsertTypedSearchAttributes(SearchAttributes.VERSION.valueSet(version.toString()));
  }

  /** By hand. */
  void rolledBack(Rollback now) {
    rollback = now;
    champion(now.to());
  }

  void drift(DriftSummary summary) {
    lastDrift = summary;
  }

  void retrained(List<Instant> now) {
    retrainings = List.copyOf(now);
    tally = new Tally(tally.fruitless(), List.of(), tally.spent());
  }

  void waitsFor(String what) {
    waitsFor = what;
  }

  void show() {
    StringBuilder page = new StringBuilder(512);
    page.append("### ").append(model).append("\n\n");
    page.append("- champion: ").append(champion == null ? "none yet" : champion).append('\n');
    page.append("- under way: ");
    page.append(active == null ? "nothing" : "`" + active.workflowId() + "`").append('\n');
    if (active != null) {
      page.append("  - since ").append(active.since().truncatedTo(ChronoUnit.SECONDS));
      page.append(" because of ").append(active.trigger().cause()).append('\n');
      if (active.patience() != null) {
        page.append("  - suspended: ").append(active.patience().failure());
        page.append("; next try in ").append(active.patience().left()).append(" checks\n");
      }
    }
    if (lastDrift != null) {
      page.append("- last drift check ").append(lastDrift.at().truncatedTo(ChronoUnit.SECONDS));
      page.append(": ").append(lastDrift.state()).append(". ").append(lastDrift.sentence());
      page.append('\n');
    }
    if (rollback != null) {
      page.append("- last rollback ").append(rollback.at().truncatedTo(ChronoUnit.SECONDS));
      page.append(": to ").append(rollback.to()).append(" by ").append(rollback.who());
      page.append(", ").append(rollback.reason()).append('\n');
    }
    page.append("- retrainings in 30 days: ").append(retrainings.size()).append(" of ");
    page.append(retraining.perMonth()).append('\n');
    if (tally.fruitless() > 0) {
      page.append("  - in a row without a new version: ").append(tally.fruitless()).append('\n');
    }
    if (retraining.costPerMonth() != null) {
      double spent = RetrainingRules.spent(tally.spent(), WorkflowTime.now());
      page.append(
          String.format(
              Locale.ROOT,
              "  - cost in 30 days: %.2f of %.2f USD\n",
              spent,
              retraining.costPerMonth()));
    }
    page.append("- waits for: ").append(waitsFor).append("\n\n");
    if (active == null) {
      String location = request == null ? null : request.location();
      page.append("To start a run: *More Actions*, *Send an Update*, `start` with\n\n```json\n")
          .append("{\n  \"location\": ")
          .append(quoted(location == null ? "/path/to/pipeline.yaml" : location))
          .append("\n}\n```\n\n");
    }
    if (!history.isEmpty()) {
      page.append("| run | result | |\n|---|---|---|\n");
      for (int i = history.size() - 1; i >= 0; i--) {
        PipelineOutcome outcome = history.get(i);
        String sentence = outcome.sentence().replace('\n', ' ').replace("|", "\\|");
        page.append("| ").append(outcome.runId()).append(" | ").append(outcome.result());
        page.append(" | ").append(sentence).append(" |\n");
      }
    }
    Workflow.setCurrentDetails(page.toString());
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
