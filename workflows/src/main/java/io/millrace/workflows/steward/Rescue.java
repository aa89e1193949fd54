package io.millrace.workflows.steward;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.options.Children;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.options.WorkflowTime;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.notify.NotifyActivities.Notification;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.port.registry.RegistryActivities.Fallback;
import io.millrace.workflows.port.registry.RegistryActivities.FallbackQuery;
import io.millrace.workflows.port.registry.RegistryActivities.PointRequest;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.port.spec.SpecActivities.KeptSpec;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.steward.StewardActivities.AbortRollout;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.steward.ModelSteward.RollbackRequest;
import io.millrace.workflows.steward.ModelSteward.RolledBack;
import io.millrace.workflows.steward.StewardState.ActiveRun;
import io.millrace.workflows.steward.StewardState.Rollback;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Gets rid of a bad model: aborts what is rolling it out, gives all traffic to the version that is
 * to serve, makes it champion. Looks before it acts, and once more after, until it is so.
 */
final class Rescue {
  private static final Logger LOG = Workflow.getLogger(Rescue.class);
  private static final String CHAMPION = "champion";

  /** A rollout that began while traffic was moved is aborted too; more than that is a loop. */
  private static final int TURNS = 3;

  private final DeployActivities deploy =
      Workflow.newActivityStub(DeployActivities.class, ActivityProfiles.QUICK_API);
  private final StewardActivities server =
      Workflow.newActivityStub(StewardActivities.class, ActivityProfiles.QUICK_API);
  private final RegistryActivities registry =
      Workflow.newLocalActivityStub(RegistryActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final SpecActivities specs =
      Workflow.newLocalActivityStub(SpecActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final AuditActivities audit =
      Workflow.newLocalActivityStub(AuditActivities.class, ActivityProfiles.QUICK_LOCAL);
  private final NotifyActivities notify =
      Workflow.newActivityStub(NotifyActivities.class, ActivityProfiles.NOTIFY);
  private final List<Notification> news = new ArrayList<>();
  private final Ledger ledger;

  Rescue(Ledger ledger) {
    this.ledger = ledger;
  }

  RolledBack rollback(RollbackRequest request) {
    EndpointState before = describe();
    Fallback found = registry.fallback(new FallbackQuery(ledger.model(), CHAMPION, request.to()));
    AliasEntry champion = found.current();
    if (champion == null) {
      throw Failures.of(
          FailureType.NOT_FOUND,
          "model: " + ledger.model() + " (expected: one with a champion to go back from)");
    }
    ModelRef target = target(request, found, champion.version(), before);
    Spec spec = specs.kept(new KeptSpec(run(request, found, target))).spec();
    // unique: a second attempt at the same change must not be taken for a repeat of the first
    String key =
        RegistryActivities.ROLLBACK + champion.seq() + "-" + WorkflowTime.now().toEpochMilli();
    boolean changed = abort(request);
    ModelRef pointed = champion.version();
    EndpointState now = describe();
    for (int turn = 1; turn <= TURNS; turn++) {
      if (!serves(now, target)) {
        rollout(request, target, spec, key + "-" + turn);
        changed = true;
      }
      if (!pointed.equals(target)) {
        pointed = point(request, target, key);
        changed = true;
      }
      boolean began = abort(request);
      now = describe();
      if (!began && serves(now, target)) {
        break;
      }
      if (turn == TURNS) {
        throw Failures.of(
            FailureType.ENDPOINT_UNAVAILABLE,
            "endpoint: " + now.weights() + " (expected: all traffic at " + target + ")");
      }
    }
    return done(request, target, before, now.url(), changed ? key : null, spec.watch().receivers());
  }

  /** The alias may have been moved without the steward: {@code rollback --direct}. */
  void lookAtChampion() {
    AliasEntry entry =
        registry.current(new RegistryActivities.AliasQuery(ledger.model(), CHAMPION)).current();
    if (entry != null && !entry.version().equals(ledger.champion())) {
      ledger.champion(entry.version());
    }
  }

  private EndpointState describe() {
    return deploy.describe(new DescribeRequest(ledger.model()));
  }

  /** Without a wish: off the version that is being rolled out, else off the champion. */
  private static ModelRef target(
      RollbackRequest request, Fallback found, ModelRef champion, EndpointState state) {
    if (request.to() == null && others(state, champion.version()).size() > 0) {
      return champion;
    }
    ModelRef version = found.version();
    if (version != null) {
      return version;
    }
    throw request.to() != null
        ? Failures.of(FailureType.NOT_FOUND, "to: " + request.to() + " (expected: a version)")
        : Failures.of(
            FailureType.REQUEST_INVALID,
            "to: nothing (expected: a version, because none was champion before " + champion + ")");
  }

  /** Whose spec says where the endpoint lives. */
  private String run(RollbackRequest request, Fallback found, ModelRef target) {
    String run = found.run();
    if (run == null || !target.equals(found.version())) {
      Fallback own =
          registry.fallback(new FallbackQuery(ledger.model(), CHAMPION, target.version()));
      run = own.run();
    }
    if (run == null) {
      throw Failures.of(
          FailureType.NOT_FOUND, "to: " + request.to() + " (expected: a registered version)");
    }
    return run;
  }

  /** True when a rollout was under way. */
  private boolean abort(RollbackRequest request) {
    ActiveRun active = ledger.active();
    return active != null
        && server
            .abortRollout(
                new AbortRollout(
                    active.workflowId(), request.who(), "rollback: " + request.reason()))
            .any();
  }

  private static boolean serves(EndpointState state, ModelRef version) {
    return state.url() != null
        && state.ready().contains(version.version())
        && state.weights().getOrDefault(version.version(), 0.0) > 0
        && others(state, version.version()).isEmpty();
  }

  /** Other versions that have traffic. */
  private static List<Integer> others(EndpointState state, int version) {
    return state.weights().entrySet().stream()
        .filter(weight -> weight.getValue() > 0 && weight.getKey() != version)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private void rollout(RollbackRequest request, ModelRef target, Spec spec, String key) {
    DeploymentSpec atOnce =
        new DeploymentSpec(
            spec.deployment().target(),
            new DeploymentSpec.RolloutSpec(List.of(1.0), Duration.ZERO, 0, List.of()));
    Rollout child =
        Workflow.newChildWorkflowStub(
            Rollout.class,
            Children.bound(
                WorkflowIds.rollout(ledger.model(), key), ledger.model(), "rollback to " + target));
    try {
      // no "from": there is no way back to what is got rid of
      RolloutOutcome outcome =
          child.run(
              new RolloutRequest(
                  ledger.model(),
                  target,
                  null,
                  atOnce,
                  key,
                  request.reason(),
                  request.who(),
                  // a bad version is got rid of where it serves, wherever the spec of old says
                  true));
      if (!outcome.promoted()) {
        throw Failures.of(FailureType.ENDPOINT_UNAVAILABLE, outcome.sentence());
      }
    } catch (TemporalFailure failure) {
      throw Failures.of(
          Failures.typeOf(failure).orElse(FailureType.ENDPOINT_UNAVAILABLE),
          failure,
          Failures.sentence(failure));
    }
  }

  private ModelRef point(RollbackRequest request, ModelRef target, String key) {
    return registry
        .point(
            new PointRequest(
                ledger.model(),
                CHAMPION,
                target,
                key,
                request.reason() + " (" + request.who() + ")"))
        .version();
  }

  /**
   * @param key null when nothing had to be done
   */
  private RolledBack done(
      RollbackRequest request,
      ModelRef target,
      EndpointState before,
      @Nullable String url,
      @Nullable String key,
      List<WatchSpec.NotifySpec> receivers) {
    List<Integer> from = others(before, target.version());
    if (key == null) {
      return new RolledBack(target, from, url, false, target + " has all traffic already");
    }
    String sentence =
        target
            + " has all traffic"
            + (from.isEmpty() ? "" : " instead of version " + numbers(from));
    ledger.rolledBack(new Rollback(target, request.who(), request.reason(), WorkflowTime.now()));
    Map<String, String> facts =
        Map.of("to", target.toString(), "from", numbers(from), "sentence", sentence);
    audit.record(
        new AuditRecord(key, ledger.model(), "rollback", request.who(), request.reason(), facts));
    if (!receivers.isEmpty()) {
      news.add(
          new Notification(
              key,
              ledger.model(),
              "io.millrace.model.rolled-back",
              "warning",
              ledger.model() + ": rolled back to " + target,
              sentence + ", by " + request.who() + ": " + request.reason(),
              facts,
              receivers));
    }
    return new RolledBack(target, from, url, true, sentence);
  }

  private static String numbers(List<Integer> versions) {
    return versions.stream().map(String::valueOf).collect(Collectors.joining(" and "));
  }

  boolean hasNews() {
    return !news.isEmpty();
  }

  /** After the answer: a receiver that is down must not hold a rollback up. */
  void tell() {
    while (!news.isEmpty()) {
      try {
        notify.send(news.remove(0));
      } catch (TemporalFailure failure) {
        LOG.warn("rollback not told: {}", Failures.sentence(failure));
      }
    }
  }
}
