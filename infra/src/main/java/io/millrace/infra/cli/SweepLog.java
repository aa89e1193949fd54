package io.millrace.infra.cli;

import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pool.ComputePool.PoolStatus;
import io.millrace.workflows.pool.Member;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is new of a sweep, for a log: a node when it comes, is warned or goes, a loss, and the sums
 * when they changed, but not more often than one looks.
 */
final class SweepLog {
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private final InstantSource clock;
  private final Map<String, String> nodes = new HashMap<>();
  private final Set<String> said = new HashSet<>();
  private String sums = "";
  private Instant told = Instant.MIN;

  SweepLog(InstantSource clock) {
    this.clock = clock;
  }

  List<String> news(PipelineStatus status, @Nullable PoolStatus pool) {
    List<String> lines = new ArrayList<>();
    String lost = "";
    if (pool != null) {
      nodes(pool.members(), lines);
      lost = SweepView.lost(pool.counts());
      if (!lost.isEmpty() && said.add(lost)) {
        lines.add(lost);
      }
    }
    String now = SweepView.trials(status);
    Instant time = clock.instant();
    boolean due = told.equals(Instant.MIN) || Duration.between(told, time).compareTo(PAUSE) >= 0;
    // once training is done its step says the sums, and later steps have the floor
    if (training(status) && !now.isEmpty() && !now.equals(sums) && due) {
      sums = now;
      told = time;
      lines.add(now);
      String money = pool == null ? "" : SweepView.money(pool);
      if (!money.isEmpty()) {
        lines.add(money);
      }
    }
    return lines;
  }

  private static boolean training(PipelineStatus status) {
    return status.steps().stream()
        .anyMatch(step -> step.name().equals(RunView.TRAINING) && step.state().equals("running"));
  }

  /** Only where it stands: whether it is busy changes with every trial. */
  private void nodes(List<Member> members, List<String> lines) {
    Set<String> here = new HashSet<>();
    for (Member member : members) {
      here.add(member.key());
      String phase = member.phase().name();
      if (!phase.equals(nodes.put(member.key(), phase))) {
        lines.add(SweepView.node(member));
      }
    }
    for (String key : List.copyOf(nodes.keySet())) {
      if (!here.contains(key)) {
        nodes.remove(key);
        lines.add("node    " + key + "  gone");
      }
    }
  }
}
