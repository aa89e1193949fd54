package io.millrace.workflows.pool;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.NodeReport;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;

/**
 * Launches, watches and replaces nodes; whatever ends it, every node it launched is ended first, in
 * a scope that a cancellation does not reach.
 */
public final class ComputePoolImpl implements ComputePool {
  private static final Logger LOG = Workflow.getLogger(ComputePoolImpl.class);

  /** Bounds one watch, so that its event does not wait on a worker that forgot it. */
  private static final Duration WATCH = Duration.ofHours(1);

  private final ComputeActivities quick =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.QUICK_API);
  private final ComputeActivities watch =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.BULK);
  private final PoolRequest request;
  private final String incarnation;
  private final List<Node> nodes = new ArrayList<>();
  private int launched;
  private int lost;
  private boolean released;

  @WorkflowInit
  public ComputePoolImpl(PoolRequest request) {
    this.request = request;
    // a second pool of the same run has nodes of its own
    incarnation = Workflow.getInfo().getFirstExecutionRunId().substring(0, 8);
    if (request.carried() != null) {
      nodes.addAll(request.carried().nodes());
      launched = request.carried().launched();
      lost = request.carried().lost();
    }
  }

  @Override
  public PoolOutcome run(PoolRequest ignored) {
    boolean again = false;
    try {
      again = keep();
    } finally {
      if (!again) {
        Workflow.newDetachedCancellationScope(this::terminate).run();
      }
    }
    if (again) {
      Workflow.continueAsNew(
          new PoolRequest(
              request.run(),
              request.taskQueue(),
              request.kind(),
              request.nodes(),
              request.threads(),
              request.interruptions(),
              new Carried(List.copyOf(nodes), launched, lost)));
    }
    return new PoolOutcome(launched, lost);
  }

  /** True when it should go on in a new run, false when it was released. */
  private boolean keep() {
    while (!released) {
      launch();
      NodeReport report = await();
      for (Node gone : report.ended()) {
        if (nodes.removeIf(node -> node.id().equals(gone.id()))) {
          lost++;
        }
      }
      if (!released && lost > request.interruptions()) {
        throw Failures.of(
            FailureType.CAPACITY_UNAVAILABLE,
            "nodes lost: "
                + lost
                + " (expected: at most "
                + request.interruptions()
                + ", training.compute.interruptions)");
      }
      if (!released && Workflow.getInfo().isContinueAsNewSuggested()) {
        return true;
      }
    }
    return false;
  }

  private void launch() {
    if (nodes.size() < request.nodes() && lost > 1) {
      // the first loss is replaced at once; nodes that keep dying are not started in a circle
      Workflow.await(Duration.ofSeconds(Math.min(60, 1L << Math.min(lost - 2, 6))), () -> released);
    }
    // a launch that was asked for is waited for even by a cancelled pool: its node must be ended
    Workflow.newDetachedCancellationScope(this::fill).run();
  }

  private void fill() {
    List<Promise<Node>> starting = new ArrayList<>();
    while (!released && nodes.size() + starting.size() < request.nodes()) {
      String key = request.run().runId() + "-" + incarnation + "-" + ++launched;
      LaunchRequest one =
          new LaunchRequest(
              request.run(),
              key,
              request.taskQueue(),
              request.kind(),
              request.threads(),
              null,
              null,
              null);
      starting.add(Async.function(quick::launch, one));
    }
    RuntimeException failure = null;
    for (Promise<Node> node : starting) {
      try {
        nodes.add(node.get());
      } catch (TemporalFailure e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private NodeReport await() {
    List<Promise<NodeReport>> watching = new ArrayList<>(1);
    AwaitRequest now = new AwaitRequest(List.copyOf(nodes), WATCH);
    CancellationScope scope =
        Workflow.newCancellationScope(() -> watching.add(Async.function(watch::await, now)));
    scope.run();
    Promise<NodeReport> report = watching.get(0);
    Workflow.await(() -> released || report.isCompleted());
    if (!report.isCompleted()) {
      scope.cancel("released");
      return new NodeReport(List.of());
    }
    return report.get();
  }

  private void terminate() {
    List<Promise<Void>> ending = new ArrayList<>();
    for (Node node : nodes) {
      ending.add(Async.procedure(quick::terminate, node));
    }
    for (Promise<Void> end : ending) {
      try {
        end.get();
      } catch (TemporalFailure e) {
        LOG.warn("node not ended: {}", Failures.sentence(e));
      }
    }
    nodes.clear();
  }

  @Override
  public PoolStatus status() {
    return new PoolStatus(List.copyOf(nodes), lost);
  }

  @Override
  public void warned(NodeWarning warning) {
    LOG.info("{} was warned: {}", warning.node(), warning.kind());
  }

  @Override
  public void release() {
    released = true;
  }
}
