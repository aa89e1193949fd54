package io.millrace.workflows.rollout;

import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Analysis.Judgement;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Ready first, then traffic; the way back is known before each step forward. */
public final class RolloutImpl implements Rollout {
  private static final Logger LOG = Workflow.getLogger(RolloutImpl.class);

  private final DeployActivities deploy =
      Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.QUICK_API);
  private final DeployActivities rescue =
      Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.RESCUE);
  private final AuditActivities audit =
      Workflow.newLocalActivityStub(AuditActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final RolloutRequest request;
  private final Analysis analysis;
  private final List<StepResult> results = new ArrayList<>();
  private double weight;
  private @Nullable String url;
  private @Nullable VersionTraffic baseline;
  private @Nullable AbortRequest aborted;

  /** Undoes what was done so far; null while there is nothing to undo. */
  private @Nullable Runnable compensation;

  @WorkflowInit
  public RolloutImpl(RolloutRequest request) {
    this.request = request;
    analysis = new Analysis(request.deployment().rollout());
  }

  @Override
  public RolloutOutcome run(RolloutRequest ignored) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.MODEL.valueSet(request.to().name()),
        SearchAttributes.VERSION.valueSet(request.to().toString()),
        SearchAttributes.STAGE.valueSet("rollout"));
    try {
      String broken = forward();
      return broken == null ? promoted() : rolledBack(broken);
    } catch (TemporalFailure failure) {
      Workflow.newDetachedCancellationScope(() -> rolledBack(Failures.sentence(failure))).run();
      throw failure;
    }
  }

  /** Why it must go back; null when the new version has all traffic. */
  private @Nullable String forward() {
    ModelRef from = request.from();
    EndpointState state = deploy("load " + request.to()).prepare(prepare(request.to()));
    url = state.url();
    if (from == null) {
      shift(1, null);
      results.add(new StepResult(1, null, true, "at once"));
      return null;
    }
    if (!state.ready().contains(from.version())) {
      deploy("load " + from + " again").prepare(prepare(from));
    }
    for (double share : request.deployment().rollout().steps()) {
      if (aborted != null) {
        return aborted(aborted);
      }
      shift(share, from);
      String broken = bake(share, from);
      if (broken != null) {
        return broken;
      }
    }
    return aborted == null ? null : aborted(aborted);
  }

  private static DeployActivities deploy(String summary) {
    return Workflow.newActivityStub(
        DeployActivities.class, ActivityProfiles.saying(summary, ActivityProfiles.QUICK_API));
  }

  private void shift(double share, @Nullable ModelRef from) {
    if (from != null && compensation == null) {
      compensation = () -> back(from);
    }
    Map<Integer, Double> weights = new TreeMap<>();
    weights.put(request.to().version(), share);
    if (from != null && share < 1) {
      weights.put(from.version(), 1 - share);
    }
    deploy(percent(share) + " to " + request.to())
        .shift(
            new ShiftRequest(
                request.endpoint(),
                weights,
                request.key() + "-" + basisPoints(share),
                request.reason()));
    weight = share;
    show();
  }

  /** Watches one step for its time; a version that is clearly broken does not get all of it. */
  private @Nullable String bake(double share, ModelRef from) {
    Duration bake = request.deployment().rollout().bake();
    Instant since = WorkflowTime.now();
    Instant end = since.plus(bake);
    while (WorkflowTime.now().isBefore(end)) {
      Duration left = Duration.between(WorkflowTime.now(), end);
      Duration slice = slice(bake, bake.minus(left));
      Workflow.await(slice.compareTo(left) < 0 ? slice : left, () -> aborted != null);
      if (aborted != null) {
        return aborted(aborted);
      }
      boolean last = !WorkflowTime.now().isBefore(end);
      Map<Integer, VersionTraffic> seen = observe(since, from);
      VersionTraffic fresh = traffic(seen, request.to());
      VersionTraffic old = old(seen, from);
      Judgement judgement = last ? analysis.last(fresh, old) : analysis.early(fresh, old);
      if (last || !judgement.passed()) {
        results.add(new StepResult(share, fresh, judgement.passed(), judgement.sentence()));
        show();
        return judgement.passed() ? null : judgement.sentence();
      }
    }
    results.add(new StepResult(share, null, true, "no bake asked for"));
    return null;
  }

  /** Often at first, because a bad model must be gone within a minute; at most 60 looks a step. */
  private static Duration slice(Duration bake, Duration elapsed) {
    long seconds =
        elapsed.toSeconds() < 120
            ? Math.min(10, bake.toSeconds() / 10)
            : Math.max(15, bake.toSeconds() / 45);
    return Duration.ofSeconds(Math.max(1, seconds));
  }

  private Map<Integer, VersionTraffic> observe(Instant since, ModelRef from) {
    Map<Integer, VersionTraffic> seen = new TreeMap<>();
    deploy
        .observe(
            new ObserveRequest(
                request.endpoint(), List.of(request.to().version(), from.version()), since))
        .versions()
        .forEach(traffic -> seen.put(traffic.version(), traffic));
    return seen;
  }

  private static VersionTraffic traffic(Map<Integer, VersionTraffic> seen, ModelRef version) {
    VersionTraffic traffic = seen.get(version.version());
    return traffic != null
        ? traffic
        : new VersionTraffic(version.version(), 0, 0, null, null, null);
  }

  /** The old version as it was last seen with enough traffic to compare with. */
  private @Nullable VersionTraffic old(Map<Integer, VersionTraffic> seen, ModelRef from) {
    VersionTraffic old = traffic(seen, from);
    if (baseline == null || old.requests() >= baseline.requests() || weight < 1) {
      baseline = old;
    }
    return baseline;
  }

  private RolloutOutcome promoted() {
    compensation = null;
    ModelRef from = request.from();
    try {
      EndpointState state =
          deploy.describe(new DeployActivities.DescribeRequest(request.endpoint()));
      for (int version : state.ready()) {
        // the previous one stays loaded: going back to it takes no longer than a shift
        if (version != request.to().version() && (from == null || version != from.version())) {
          deploy.retire(
              new RetireRequest(request.endpoint(), version, request.key() + "-retire-" + version));
        }
      }
    } catch (TemporalFailure failure) {
      LOG.warn("old versions stay loaded: {}", Failures.sentence(failure));
    }
    String last = results.isEmpty() ? "" : ", " + results.get(results.size() - 1).sentence();
    return end(true, request.to() + " has all traffic" + last);
  }

  private RolloutOutcome rolledBack(String why) {
    Runnable undo = compensation;
    if (undo != null) {
      undo.run();
    }
    ModelRef from = request.from();
    return end(false, from == null ? why : "back to " + from + ": " + why);
  }

  private void back(ModelRef from) {
    rescue.shift(
        new ShiftRequest(
            request.endpoint(), Map.of(from.version(), 1.0), request.key() + "-back", "rollback"));
    weight = 0;
    show();
    try {
      deploy.retire(
          new RetireRequest(
              request.endpoint(), request.to().version(), request.key() + "-retire-new"));
    } catch (TemporalFailure failure) {
      LOG.warn("{} stays loaded: {}", request.to(), Failures.sentence(failure));
    }
  }

  private RolloutOutcome end(boolean promoted, String sentence) {
    audit.record(
        new AuditRecord(
            request.key() + "-rollout",
            request.to().name(),
            promoted ? "rollout" : "rollback",
            request.who(),
            request.reason(),
            Map.of(
                "endpoint",
                request.endpoint(),
                "to",
                request.to().toString(),
                "from",
                request.from() == null ? "none" : request.from().toString(),
                "sentence",
                sentence)));
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.OUTCOME.valueSet(promoted ? "PROMOTED" : "ROLLED_BACK"));
    Workflow.setCurrentDetails("**" + (promoted ? "Promoted" : "Rolled back") + "** " + sentence);
    return new RolloutOutcome(promoted, url, sentence, List.copyOf(results));
  }

  private PrepareRequest prepare(ModelRef version) {
    return new PrepareRequest(
        request.endpoint(),
        version,
        request.deployment().target(),
        request.key() + "-prepare-" + version.version(),
        request.deployment().scale(),
        request.deployment().rollout());
  }

  private static String aborted(AbortRequest abort) {
    return "aborted by " + abort.who() + ": " + abort.reason();
  }

  private void show() {
    StringBuilder page = new StringBuilder(256);
    page.append(request.to()).append(" has **").append(percent(weight)).append("** of traffic\n\n");
    for (StepResult step : results) {
      page.append("- ").append(percent(step.weight())).append(": ").append(step.sentence());
      page.append('\n');
    }
    if (request.from() != null) {
      page.append("\nTo go back at once: *More Actions*, *Send a Signal*, `abort` with\n\n")
          .append("```json\n{\n  \"who\": \"<you>\",\n  \"reason\": \"<why>\"\n}\n```\n");
    }
    Workflow.setCurrentDetails(page.toString());
  }

  private static String percent(double share) {
    long points = basisPoints(share);
    return (points % 100 == 0 ? String.valueOf(points / 100) : String.valueOf(points / 100.0))
        + " %";
  }

  private static long basisPoints(double share) {
    return Math.round(share * 10_000);
  }

  @Override
  public RolloutStatus status() {
    return new RolloutStatus(weight, List.copyOf(results));
  }

  @Override
  public void abort(AbortRequest abort) {
    aborted = abort;
  }
}
