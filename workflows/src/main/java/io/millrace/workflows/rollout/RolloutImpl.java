package io.millrace.workflows.rollout;

import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.SearchAttributes;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.OtherPlace;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Ready first, then traffic; the way back is known before each step forward. */
public final class RolloutImpl implements Rollout {
  private static final Logger LOG = Workflow.getLogger(RolloutImpl.class);

  /**
   * Sequential tests, shadows, moves, and what is undone when nothing has traffic yet. To be
   * removed when no rollout that began without it is under way or kept as a history.
   */
  static final String SEQUENTIAL = "rollout-sequential";

  private final AuditActivities audit =
      Workflow.newLocalActivityStub(AuditActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final RolloutRequest request;
  private final RolloutSpec rules;
  private final EndpointChange endpoint;
  private final ThresholdJudge thresholds;
  private final QualityAnalysis quality = new QualityAnalysis();
  private final List<StepResult> results = new ArrayList<>();

  /** Undo what was done so far, the latest first. */
  private final Deque<Runnable> compensations = new ArrayDeque<>();

  private double weight;
  private boolean sequential;
  private boolean returnable;
  private @Nullable String url;
  private @Nullable String home;
  private @Nullable String left;
  private @Nullable VersionTraffic baseline;
  private @Nullable AbortRequest aborted;

  @WorkflowInit
  public RolloutImpl(RolloutRequest request) {
    this.request = request;
    rules = request.deployment().rollout();
    endpoint = new EndpointChange(request);
    thresholds = new ThresholdJudge(new ThresholdAnalysis(rules));
  }

  @Override
  public RolloutOutcome run(RolloutRequest ignored) {
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.MODEL.valueSet(request.to().name()),
        SearchAttributes.VERSION.valueSet(request.to().toString()),
        SearchAttributes.STAGE.valueSet("rollout"));
    sequential =
        Workflow.getVersion(SEQUENTIAL, Workflow.DEFAULT_VERSION, 1) != Workflow.DEFAULT_VERSION;
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
    String moving = sequential ? moving() : null;
    if (sequential && !stays()) {
      compensations.push(moving == null ? this::discard : () -> endpoint.leave(moving));
    }
    EndpointState state = endpoint.prepare(request.to(), "load " + request.to());
    if (moving != null) {
      return move(moving, state, from);
    }
    url = state.url();
    if (from == null) {
      shift(1, null);
      results.add(new StepResult(1, null, true, "at once"));
      return null;
    }
    if (!state.ready().contains(from.version())) {
      endpoint.prepare(from, "load " + from + " again");
    }
    ShadowSpec shadow = sequential ? rules.shadow() : null;
    if (shadow != null && aborted == null) {
      String broken = shadow(shadow, from);
      if (broken != null) {
        return broken;
      }
    }
    for (double share : rules.steps()) {
      if (aborted != null) {
        return aborted(aborted);
      }
      shift(share, from);
      String broken = bake(share, rules.bake(), from);
      if (broken != null) {
        return broken;
      }
    }
    return aborted == null ? null : aborted(aborted);
  }

  private boolean stays() {
    return Boolean.TRUE.equals(request.stay());
  }

  /** The kind of place that the endpoint is to move to; null when it stays where it is. */
  private @Nullable String moving() {
    EndpointState before = endpoint.describe();
    String kind = request.deployment().target().kind();
    home = before.target();
    url = before.url();
    return stays() || home == null || home.equals(kind) ? null : kind;
  }

  /**
   * The new place gets all traffic at its own address; the old one waits until the bake is over.
   */
  private @Nullable String move(String target, EndpointState state, @Nullable ModelRef from) {
    if (aborted != null) {
      return aborted(aborted);
    }
    String before = home;
    String old = url;
    if (from != null) {
      compensations.push(
          () -> {
            endpoint.back(from, before);
            weight = 0;
            url = old;
          });
    }
    endpoint.move(target);
    OtherPlace place = state.other();
    url = place != null && place.target().equals(target) ? place.url() : state.url();
    left = before;
    weight = 1;
    show();
    if (from == null) {
      compensations.clear();
      results.add(new StepResult(1, null, true, "moved to " + target + " at once"));
      return null;
    }
    return bake(1, rules.bake(), from);
  }

  /** The new version answers copies, and nobody sees what it says. */
  private @Nullable String shadow(ShadowSpec shadow, ModelRef from) {
    wayBack(from);
    endpoint.mirror(shadow.share(), from);
    show();
    double share = shadow.share() / (1 + shadow.share());
    return judged(
        new StageWatch(endpoint, request.to(), from, true)
            .watch(shadow.bake(), judge(share), () -> aborted != null),
        0,
        shadow.share());
  }

  private void shift(double share, @Nullable ModelRef from) {
    if (from != null) {
      wayBack(from);
    }
    endpoint.shift(share, from, sequential);
    weight = share;
    show();
  }

  /** Registered before the first change, so that whatever comes of it can be undone. */
  private void wayBack(ModelRef from) {
    if (returnable) {
      return;
    }
    returnable = true;
    if (!sequential) {
      compensations.push(this::discard);
    }
    compensations.push(
        () -> {
          endpoint.back(from, null);
          weight = 0;
          show();
        });
  }

  private void discard() {
    endpoint.retire(request.to().version(), "new");
  }

  private @Nullable String bake(double share, Duration bake, ModelRef from) {
    StageWatch.Seen seen =
        new StageWatch(endpoint, request.to(), from, false)
            .watch(
                bake,
                sequential ? judge(left == null ? share : 1) : thresholds.at(share),
                () -> aborted != null);
    if (share < 1 && seen.old() != null) {
      baseline = seen.old();
    }
    return judged(seen, share, null);
  }

  private StageJudge judge(double share) {
    int stages = rules.steps().size() + (rules.shadow() == null ? 0 : 1);
    return new SequentialAnalysis(rules, stages, share, baseline, quality);
  }

  private @Nullable String judged(StageWatch.Seen seen, double share, @Nullable Double shadow) {
    Judgement judgement = seen.judgement();
    if (judgement == null) {
      return aborted == null ? "stopped" : aborted(aborted);
    }
    results.add(
        new StepResult(share, seen.fresh(), judgement.passed(), judgement.sentence(), shadow));
    if (seen.fresh() != null) {
      show();
    }
    return judgement.passed() ? null : judgement.sentence();
  }

  private RolloutOutcome promoted() {
    compensations.clear();
    if (left != null) {
      endpoint.leave(left);
    } else {
      retireOlder();
    }
    String last = results.isEmpty() ? "" : ", " + results.get(results.size() - 1).sentence();
    return end(true, request.to() + " has all traffic" + last);
  }

  private void retireOlder() {
    ModelRef from = request.from();
    try {
      for (int version : endpoint.describe().ready()) {
        // the previous one stays loaded: going back to it takes no longer than a shift
        if (version != request.to().version() && (from == null || version != from.version())) {
          endpoint.retire(version, String.valueOf(version));
        }
      }
    } catch (TemporalFailure failure) {
      LOG.warn("old versions stay loaded: {}", Failures.sentence(failure));
    }
  }

  private RolloutOutcome rolledBack(String why) {
    while (!compensations.isEmpty()) {
      compensations.pop().run();
    }
    ModelRef from = request.from();
    return end(false, from == null ? why : "back to " + from + ": " + why);
  }

  private RolloutOutcome end(boolean promoted, String sentence) {
    audit.record(RolloutPage.record(request, promoted, sentence));
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.OUTCOME.valueSet(promoted ? "PROMOTED" : "ROLLED_BACK"));
    Workflow.setCurrentDetails("**" + (promoted ? "Promoted" : "Rolled back") + "** " + sentence);
    return new RolloutOutcome(promoted, url, sentence, List.copyOf(results));
  }

  private static String aborted(AbortRequest abort) {
    return "aborted by " + abort.who() + ": " + abort.reason();
  }

  private void show() {
    Workflow.setCurrentDetails(RolloutPage.markdown(request, weight, results));
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
