package io.millrace.activities.compute;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.AwaitRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.NodeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ec2.model.Instance;

/**
 * Looks at instances until one has ended. Errors, timeouts and answers that leave an instance out
 * say nothing about it: an API that is down for half an hour ends no node.
 */
final class Ec2Watch {
  private static final Logger LOG = LoggerFactory.getLogger(Ec2Watch.class);

  /** Heartbeats come this often whatever the API does. */
  private static final long TELL_MILLIS = 1_000;

  /**
   * An instance that was seen, then left out of so many answers in a row, is forgotten by EC2:
   * gone. Two minutes at the usual pace; the API's servers agree with each other after seconds.
   */
  static final int ABSENT = 24;

  private final Function<List<String>, List<Instance>> describe;
  private final Duration poll;
  private final Map<String, Integer> absent = new HashMap<>();
  private final Map<String, Boolean> seen = new HashMap<>();

  /**
   * @param describe instances of ids; those that are not known are left out
   */
  Ec2Watch(Function<List<String>, List<Instance>> describe, Duration poll) {
    this.describe = describe;
    this.poll = poll;
  }

  NodeReport await(AwaitRequest request, Consumer<String> heartbeat) {
    long end = System.nanoTime() + request.atMost().toNanos();
    long next = System.nanoTime();
    String last = request.nodes().size() + " to watch";
    boolean answering = true;
    while (true) {
      // a cancelled watch is told so here, so it comes first
      heartbeat.accept(last);
      if (System.nanoTime() >= next) {
        try {
          List<Node> ended = look(request.nodes());
          if (!ended.isEmpty()) {
            return new NodeReport(ended);
          }
          last = request.nodes().size() + " running";
          if (!answering) {
            LOG.info("ec2 answers again");
          }
          answering = true;
        } catch (SdkException e) {
          last = "unknown: " + e.getMessage();
          absent.clear();
          if (answering) {
            LOG.warn("ec2 does not say how the nodes are, which says nothing: {}", e.toString());
          }
          answering = false;
        }
        next = System.nanoTime() + poll.toNanos();
      }
      long now = System.nanoTime();
      if (now >= end) {
        return new NodeReport(List.of());
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(Math.min(end, next) - now);
      pause(Math.clamp(millis, 1, TELL_MILLIS));
    }
  }

  /** Pages that failed fail the look; what the others said comes again with the next one. */
  private List<Node> look(List<Node> nodes) {
    Map<String, Instance> answered = new HashMap<>();
    for (int from = 0; from < nodes.size(); from += Ec2Compute.page()) {
      List<String> ids =
          nodes.subList(from, Math.min(nodes.size(), from + Ec2Compute.page())).stream()
              .map(Node::id)
              .toList();
      describe.apply(ids).forEach(one -> answered.put(one.instanceId(), one));
    }
    List<Node> ended = new ArrayList<>();
    for (Node node : nodes) {
      Instance instance = answered.get(node.id());
      if (instance != null) {
        seen.put(node.id(), true);
        absent.remove(node.id());
        if (Ec2Compute.ended(instance)) {
          ended.add(node);
        }
      } else if (seen.containsKey(node.id()) || launchedLongAgo(node)) {
        if (absent.merge(node.id(), 1, Integer::sum) >= ABSENT) {
          ended.add(node);
        }
      }
    }
    return ended;
  }

  /** Seen by whoever launched it: EC2 shows ended instances for an hour, then forgets them. */
  private static boolean launchedLongAgo(Node node) {
    return node.launched().plus(Duration.ofMinutes(30)).isBefore(java.time.Instant.now());
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      // the worker shuts down: the next one goes on watching
      Thread.currentThread().interrupt();
      throw Failures.of(FailureType.AWS_UNAVAILABLE, e, "watch: interrupted (expected: not)");
    }
  }
}
