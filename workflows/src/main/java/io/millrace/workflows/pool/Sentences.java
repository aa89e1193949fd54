package io.millrace.workflows.pool;

import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.PoolStatus;
import io.millrace.workflows.pool.Member.Phase;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A pool in words. */
final class Sentences {
  private Sentences() {}

  static PoolStatus status(
      Fleet fleet, int target, Counts counts, Costs costs, @Nullable Buying buying) {
    List<Member> staying = fleet.in(Phase.STAYING);
    StringBuilder text = new StringBuilder();
    text.append(staying.size()).append(" of ").append(target).append(" nodes");
    part(text, fleet.in(Phase.ASKED).size(), "asked for");
    part(text, fleet.in(Phase.LEAVING).size(), "leaving");
    part(text, (int) staying.stream().filter(m -> m.state() == NodeState.IDLE).count(), "idle");
    part(text, counts.interruptions(), "interruptions");
    part(text, counts.refusalsInRow() > 0 ? counts.waits() : 0, "orders refused in a row");
    part(text, counts.failedStartsInRow(), "failed starts in a row");
    if (buying != null) {
      text.append("; ").append(costs.sentence());
    }
    return new PoolStatus(fleet.members(), target, counts, costs, text.toString());
  }

  private static void part(StringBuilder text, int count, String what) {
    if (count > 0) {
      text.append(", ").append(count).append(' ').append(what);
    }
  }

  /** Markdown for the UI. */
  static String details(PoolStatus status) {
    StringBuilder text = new StringBuilder();
    text.append("**").append(status.sentence()).append("**\n");
    for (Member member : status.members()) {
      Node node = member.node();
      Placement placement = node == null ? null : node.placement();
      text.append("\n- `").append(member.key()).append("` ");
      text.append(lower(member.phase())).append(", ").append(lower(member.state()));
      if (placement != null) {
        text.append(", ").append(placement.offering().type());
        text.append(' ').append(placement.offering().zone());
        text.append(' ').append(lower(placement.market()));
      }
    }
    return text.toString();
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
