package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.PoolStatus;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.pool.Counts;
import io.millrace.workflows.pool.Member;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A sweep in a few lines: how many trials, the nodes, the money, what was lost. */
final class SweepView {
  /** A screen has some forty lines, and the bars need theirs. */
  private static final int NODES = 8;

  private SweepView() {}

  /** All of them. */
  static List<String> lines(PipelineStatus status, @Nullable PoolStatus pool) {
    List<String> lines = new ArrayList<>();
    String trials = trials(status);
    if (!trials.isEmpty()) {
      lines.add(trials);
    }
    if (pool != null) {
      List<Member> members = pool.members();
      members.stream().limit(NODES).forEach(member -> lines.add(node(member)));
      if (members.size() > NODES) {
        lines.add("node    and " + (members.size() - NODES) + " more");
      }
      String money = money(pool);
      if (!money.isEmpty()) {
        lines.add(money);
      }
      String lost = lost(pool.counts());
      if (!lost.isEmpty()) {
        lines.add(lost);
      }
    }
    return lines;
  }

  /** Counts, and the best so far; empty before the first trial. */
  static String trials(PipelineStatus status) {
    PipelineStatus.SweepStatus sweep = status.sweep();
    if (sweep == null) {
      return "";
    }
    StringBuilder text = new StringBuilder("trials  ");
    text.append(sweep.running()).append(" running, ").append(sweep.done()).append(" done");
    count(text, sweep.paused(), "paused");
    count(text, sweep.diverged(), "diverged");
    Integer limit = sweep.limit();
    count(text, limit == null ? 0 : limit - sweep.proposed(), "to come");
    if (sweep.ended() != null) {
      text.append("; ended early: ").append(sweep.ended());
    }
    sweep.best().stream()
        .filter(trial -> trial.value() != null)
        .findFirst()
        .ifPresent(trial -> best(text, sweep.objective(), trial));
    return text.toString();
  }

  private static void best(StringBuilder text, String objective, PipelineStatus.TrialLine trial) {
    Double value = trial.value();
    text.append("; best ").append(objective).append(' ');
    text.append(value == null ? "-" : Bars.metric(value));
    text.append(": trial ").append(trial.trial()).append(", ").append(trial.family());
    if (!trial.parameters().isEmpty()) {
      text.append(", ").append(trial.parameters());
    }
  }

  private static void count(StringBuilder text, int count, String what) {
    if (count > 0) {
      text.append(", ").append(count).append(' ').append(what);
    }
  }

  /** {@code node credit-3-1a2b-1 g5.xlarge eu-west-1a spot busy}. */
  static String node(Member member) {
    StringBuilder text = new StringBuilder("node    ").append(member.key());
    Node node = member.node();
    Placement placement = node == null ? null : node.placement();
    text.append("  ").append(member.order().kind());
    if (placement != null) {
      text.append(' ').append(placement.offering().type());
      text.append(' ').append(placement.offering().zone());
      text.append(' ').append(word(placement.market()));
    }
    text.append("  ").append(doing(member));
    return text.toString();
  }

  private static String doing(Member member) {
    return switch (member.phase()) {
      case ASKED -> "asked for";
      case STAYING -> member.state() == NodeState.STARTING ? "starting" : word(member.state());
      case LEAVING -> "warned, " + word(member.state()) + ", leaving";
      case ENDING -> "ending";
    };
  }

  /** Empty for nodes that cost nothing. */
  static String money(PoolStatus pool) {
    Costs costs = pool.costs();
    Double budget = pool.budget();
    boolean free =
        costs.total() == 0 && costs.hourly() == 0 && costs.unpricedHours() == 0 && budget == null;
    if (free) {
      return "";
    }
    StringBuilder text = new StringBuilder("cost    ").append(costs.sentence());
    if (costs.hourly() > 0) {
      text.append(String.format(Locale.ROOT, ", %.2f USD an hour now", costs.hourly()));
    }
    if (budget != null) {
      text.append(
          String.format(
              Locale.ROOT, ", %.2f of %.2f USD left", Math.max(0, budget - costs.total()), budget));
    }
    return text.toString();
  }

  /** Empty while nothing was. */
  static String lost(Counts counts) {
    List<String> parts = new ArrayList<>();
    part(parts, counts.interruptions(), "interruption");
    part(parts, counts.refusals(), "order that found no capacity", "orders that found no capacity");
    part(
        parts,
        counts.failedStarts(),
        "node that failed at its start",
        "nodes that failed at" + " their start");
    return parts.isEmpty() ? "" : "lost    " + String.join(", ", parts);
  }

  private static void part(List<String> parts, int count, String one) {
    part(parts, count, one, one + "s");
  }

  private static void part(List<String> parts, int count, String one, String many) {
    if (count > 0) {
      parts.add(count + " " + (count == 1 ? one : many));
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
