package io.millrace.workflows.pool;

import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.NodeReport;
import io.millrace.workflows.port.compute.ComputeActivities.PriceRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Prices;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The activity calls of a pool that are under way. Launches and endings run where a cancellation
 * does not reach: a node that was asked for must be known, to be ended.
 */
final class Calls {
  /** Bounds one watch, so that its event does not wait on a worker that forgot it. */
  static final Duration WATCH = Duration.ofHours(1);

  /** A watch that came back. */
  record Watched(Promise<NodeReport> report, Instant since) {}

  private record Watch(
      Set<String> keys, Promise<NodeReport> report, Instant since, CancellationScope scope) {}

  /**
   * What a watch sees come to an end, it tells within seconds; a cloud that does not answer is not
   * waited for.
   */
  private static final Duration WATCHES_END_WITHIN = Duration.ofMinutes(1);

  private final ComputeActivities launcher =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.LAUNCH);
  private final ComputeActivities quick =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.QUICK_API);
  private final ComputeActivities last =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.LAST_CALL);
  private final ComputeActivities lastLauncher =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.LAST_LAUNCH);
  private final ComputeActivities watcher =
      Workflow.newActivityStub(ComputeActivities.class, ActivityProfiles.BULK);

  private final Map<String, Promise<Node>> launches = new LinkedHashMap<>();
  private final Map<String, Promise<Void>> endings = new LinkedHashMap<>();
  private final List<Watch> watches = new ArrayList<>();
  private @Nullable Promise<Prices> prices;

  /** True when an answer is there to be taken in. */
  boolean answered() {
    return launches.values().stream().anyMatch(Promise::isCompleted)
        || endings.values().stream().anyMatch(Promise::isCompleted)
        || watches.stream().anyMatch(watch -> watch.report().isCompleted())
        || (prices != null && prices.isCompleted());
  }

  void launch(LaunchRequest order) {
    detached(() -> launches.put(order.key(), Async.function(launcher::launch, order)));
  }

  boolean launching(String key) {
    return launches.containsKey(key);
  }

  void end(Node node) {
    detached(() -> endings.put(node.key(), Async.procedure(quick::terminate, node)));
  }

  boolean ending(String key) {
    return endings.containsKey(key);
  }

  /** Asked at the end: long and patient. */
  Promise<Node> lastLaunch(LaunchRequest order) {
    return Async.function(lastLauncher::launch, order);
  }

  /** The same. */
  Promise<Void> lastEnd(Node node) {
    return Async.procedure(last::terminate, node);
  }

  void askPrices(PriceRequest request) {
    prices = Async.function(quick::prices, request);
  }

  boolean asking() {
    return prices != null;
  }

  /**
   * Watches those of them that no watch under way sees yet; none of those is disturbed.
   *
   * @param cancellable false where a cancellation of the pool is to leave the watch alone
   */
  void watch(List<Node> nodes, Instant now, boolean cancellable) {
    List<Node> unseen =
        nodes.stream()
            .filter(node -> watches.stream().noneMatch(w -> w.keys().contains(node.key())))
            .toList();
    if (unseen.isEmpty()) {
      return;
    }
    AwaitRequest request = new AwaitRequest(unseen, WATCH);
    List<Promise<NodeReport>> made = new ArrayList<>(1);
    Runnable call = () -> made.add(Async.function(watcher::await, request));
    CancellationScope scope =
        cancellable
            ? Workflow.newCancellationScope(call)
            : Workflow.newDetachedCancellationScope(call);
    scope.run();
    Set<String> keys = unseen.stream().map(Node::key).collect(Collectors.toSet());
    watches.add(new Watch(keys, made.get(0), now, scope));
  }

  /**
   * Waits for the watches of nodes that are ended. One that outlives its pool keeps a worker's slot
   * until its next heartbeat.
   */
  void awaitWatches() {
    Workflow.await(
        WATCHES_END_WITHIN, () -> watches.stream().allMatch(w -> w.report().isCompleted()));
  }

  void unwatch() {
    for (Watch watch : watches) {
      if (!watch.report().isCompleted()) {
        watch.scope().cancel("nobody waits for it any more");
      }
    }
    watches.clear();
  }

  /** Takes the answers of launches; what is under way stays. */
  Map<String, Promise<Node>> takeLaunches() {
    return take(launches);
  }

  Map<String, Promise<Void>> takeEndings() {
    return take(endings);
  }

  /** Those that came back. */
  List<Watched> takeReports() {
    List<Watched> done = new ArrayList<>();
    for (Watch watch : List.copyOf(watches)) {
      if (watch.report().isCompleted()) {
        done.add(new Watched(watch.report(), watch.since()));
        watches.remove(watch);
      }
    }
    return done;
  }

  /** Null while there are none. */
  @Nullable Promise<Prices> takePrices() {
    if (prices == null || !prices.isCompleted()) {
      return null;
    }
    Promise<Prices> answer = prices;
    prices = null;
    return answer;
  }

  /** Waits for every launch and ending, however it goes. */
  void settle() {
    launches.values().forEach(one -> one.handle((node, failure) -> true).get());
    endings.values().forEach(one -> one.handle((done, failure) -> true).get());
  }

  private static void detached(Functions.Proc call) {
    Workflow.newDetachedCancellationScope(call::apply).run();
  }

  private static <T> Map<String, Promise<T>> take(Map<String, Promise<T>> calls) {
    Map<String, Promise<T>> done = new LinkedHashMap<>();
    calls.forEach(
        (key, promise) -> {
          if (promise.isCompleted()) {
            done.put(key, promise);
          }
        });
    calls.keySet().removeAll(done.keySet());
    return done;
  }
}
