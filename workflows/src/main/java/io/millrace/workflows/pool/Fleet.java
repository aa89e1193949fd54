package io.millrace.workflows.pool;

import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The nodes of a pool and where each stands; in the order in which they were asked for. */
final class Fleet {
  private final Map<String, Member> members = new LinkedHashMap<>();

  Fleet(List<Member> known) {
    known.forEach(member -> members.put(member.key(), member));
  }

  List<Member> members() {
    return List.copyOf(members.values());
  }

  Optional<Member> member(String key) {
    return Optional.ofNullable(members.get(key));
  }

  List<Member> in(Phase phase) {
    return members.values().stream().filter(member -> member.phase() == phase).toList();
  }

  void ask(LaunchRequest order) {
    members.put(order.key(), new Member(order, null, Phase.ASKED, NodeState.STARTING, null));
  }

  /**
   * The order was filled. A node that was quicker to speak than the answer may have been warned.
   */
  void launched(String key, Node node) {
    members.computeIfPresent(
        key,
        (k, member) ->
            new Member(
                member.order(),
                node,
                member.warned() == null ? Phase.STAYING : Phase.LEAVING,
                member.state(),
                member.warned()));
  }

  /** False when that changes nothing. */
  boolean warned(String key, Instant now) {
    Member member = members.get(key);
    if (member == null || member.warned() != null) {
      return false;
    }
    Phase phase = member.phase() == Phase.STAYING ? Phase.LEAVING : member.phase();
    members.put(key, new Member(member.order(), member.node(), phase, member.state(), now));
    return true;
  }

  void reported(String key, NodeState state) {
    members.computeIfPresent(
        key, (k, m) -> new Member(m.order(), m.node(), m.phase(), state, m.warned()));
  }

  void ending(String key) {
    members.computeIfPresent(key, (k, member) -> member.in(Phase.ENDING));
  }

  @Nullable Member remove(String key) {
    return members.remove(key);
  }

  /** How many must be asked for: what leaves does not count. */
  int missing(int target) {
    return Math.max(0, target - coming());
  }

  /** Ours, or on their way. */
  private int coming() {
    return (int)
        members.values().stream()
            .filter(
                m -> m.phase() == Phase.STAYING || (m.phase() == Phase.ASKED && m.warned() == null))
            .count();
  }

  /** What is to be watched: all that exist and are not being ended. */
  List<Node> watched() {
    List<Node> nodes = new ArrayList<>();
    for (Member member : members.values()) {
      if (member.node() != null
          && (member.phase() == Phase.STAYING || member.phase() == Phase.LEAVING)) {
        nodes.add(member.node());
      }
    }
    return nodes;
  }

  /** Idle nodes that the target does not need, the newest first: the old ones are warm. */
  List<Member> surplus(int target) {
    int more = coming() - target;
    List<Member> idle = new ArrayList<>();
    for (Member member : in(Phase.STAYING).reversed()) {
      if (idle.size() < more && member.state() == NodeState.IDLE) {
        idle.add(member);
      }
    }
    return idle;
  }

  /**
   * Warned nodes that are still there although their replacements are: a raised risk may never come
   * true, and two nodes in one place would stay for ever.
   */
  List<Member> overdue(int target, Duration grace, Instant now) {
    if (in(Phase.STAYING).size() < target) {
      return List.of();
    }
    return in(Phase.LEAVING).stream().filter(m -> !now.isBefore(due(m, grace))).toList();
  }

  /** Nodes of the pool that work and get nowhere. */
  List<Member> stalled(Stalls stalls, Instant now) {
    return in(Phase.STAYING).stream()
        .filter(m -> m.state() == NodeState.BUSY && stalls.stalled(m.key(), now))
        .toList();
  }

  /** When the next of them is due; null when none is leaving. */
  @Nullable Instant nextDue(Duration grace) {
    return in(Phase.LEAVING).stream()
        .map(member -> due(member, grace))
        .min(Instant::compareTo)
        .orElse(null);
  }

  private static Instant due(Member member, Duration grace) {
    Instant warned = member.warned();
    return warned == null ? Instant.MAX : warned.plus(grace);
  }

  /** True when a node that stays has said that it is up. */
  boolean someWork() {
    return members.values().stream()
        .anyMatch(
            m ->
                (m.phase() == Phase.STAYING || m.phase() == Phase.LEAVING)
                    && m.state() != NodeState.STARTING);
  }
}
