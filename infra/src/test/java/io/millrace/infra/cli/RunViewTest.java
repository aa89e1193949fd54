package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.infra.cli.Heartbeats.Live;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.pool.ComputePool.PoolStatus;
import io.millrace.workflows.pool.Costs;
import io.millrace.workflows.pool.Counts;
import io.millrace.workflows.pool.Member;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import io.millrace.workflows.port.compute.ComputeActivities.Market;
import io.millrace.workflows.port.compute.ComputeActivities.Node;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Placement;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.ref.RunRef;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RunViewTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private Instant now = START.plusSeconds(62);

  private RunView view(boolean terminal) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new RunView(new Console(out, out, terminal), () -> now);
  }

  private String drawn() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  private static Member member(
      int number, Member.Phase phase, NodeState state, @Nullable Market market) {
    String key = "credit-3-1a2b3c4d-" + number;
    LaunchRequest order =
        new LaunchRequest(
            new RunRef("credit-3", "credit", null),
            key,
            "pool",
            market == null ? "local" : "ec2",
            1,
            null,
            null,
            null);
    Node node =
        phase == Member.Phase.ASKED
            ? null
            : new Node(
                key,
                "i-" + number,
                order.kind(),
                START,
                market == null
                    ? null
                    : new Placement(new Offering("g5.xlarge", "eu-west-1a"), market));
    return new Member(order, node, phase, state, null);
  }

  private static PoolStatus pool(List<Member> members, int interruptions, Costs costs) {
    return new PoolStatus(
        members, 2, new Counts(interruptions, 0, 0, 1, 0, 0), costs, "2 of 2 nodes", 25.0);
  }

  private static TrialProgress trial(int number, double share) {
    return new TrialProgress(
        number, "mlp", 6, share, 0.4321, 0.7701, 81_234, 12.0, "k", "credit-3-1a2b3c4d-1", 600L);
  }

  private static PipelineStatus status(TrialProgress... trials) {
    return Statuses.training(START, List.of(trials));
  }

  @Test
  void lines_ofASweep_showBarsNodesMoneyAndLosses() {
    PoolStatus pool =
        pool(
            List.of(
                member(1, Member.Phase.STAYING, NodeState.BUSY, Market.SPOT),
                member(2, Member.Phase.LEAVING, NodeState.BUSY, Market.SPOT),
                member(3, Member.Phase.ASKED, NodeState.STARTING, Market.ON_DEMAND)),
            1,
            new Costs(1.2, 0.3, 0.1, 2.4, 9, 40, 0, 0.45));

    List<String> lines =
        RunView.lines(
            status(trial(0, 1), trial(1, 0.25)),
            new Live(null, List.of(trial(1, 0.25)), null, null, pool),
            now);

    assertThat(lines)
        .containsExactly(
            "ok   ingest            2.0 s  30,000 rows",
            "...  training        1 m 0 s",
            "       1 mlp     [#####---------------]  25%  epoch 6  loss 0.4321  best 0.7701 "
                + " 81,234 rows/s  at most 12.0 s left  on credit-3-1a2b3c4d-1",
            "       trials  1 running, 1 done, 1 paused, 97 to come; best roc-auc 0.7790: trial 0,"
                + " mlp, dropout 0.1, hidden [64, 32]",
            "       node    credit-3-1a2b3c4d-1  ec2 g5.xlarge eu-west-1a spot  busy",
            "       node    credit-3-1a2b3c4d-2  ec2 g5.xlarge eu-west-1a spot  warned, busy,"
                + " leaving",
            "       node    credit-3-1a2b3c4d-3  ec2  asked for",
            "       cost    1.50 USD (spot 1.20, on demand 0.30, lost 0.10, saved 2.40), 0.45 USD"
                + " an hour now, 23.50 of 25.00 USD left",
            "       lost    1 interruption, 1 order that found no capacity");
  }

  @Test
  void show_onATerminal_drawsOverItselfAndNeverWraps() {
    RunView view = view(true);
    Live live = new Live(null, List.of(trial(1, 0.25)), null, null, null);
    view.show(status(trial(1, 0.25)), live);
    int lines = (int) drawn().lines().filter(line -> line.contains("\033[2K")).count();
    view.show(status(trial(1, 0.25)), live);

    assertThat(drawn()).startsWith("\033[?7l\033[" + lines + "A").endsWith("\033[J\033[?7h");
  }

  @Test
  void show_inAPipe_saysEachThingOnce_andSumsNowAndThen() {
    RunView view = view(false);
    Member one = member(1, Member.Phase.STAYING, NodeState.BUSY, Market.SPOT);
    Costs costs = new Costs(0.1, 0, 0, 0, 1, 0, 0, 0.45);
    for (int look = 0; look < 50; look++) {
      now = now.plusMillis(400);
      List<TrialProgress> known = new ArrayList<>();
      for (int trial = 0; trial <= look; trial++) {
        known.add(trial(trial, trial < look ? 1 : 0.5));
      }
      view.show(
          status(known.toArray(TrialProgress[]::new)),
          new Live(null, known, null, null, pool(List.of(one), 0, costs)));
    }
    view.show(
        status(trial(0, 1)), new Live(null, List.of(), null, null, pool(List.of(), 1, costs)));

    List<String> lines = drawn().lines().toList();
    assertThat(lines)
        .filteredOn(line -> line.contains("node    "))
        .containsExactly(
            "       node    credit-3-1a2b3c4d-1  ec2 g5.xlarge eu-west-1a spot  busy",
            "       node    credit-3-1a2b3c4d-1  gone");
    assertThat(lines).filteredOn(line -> line.contains("trials  ")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.contains("lost    ")).hasSize(2);
    assertThat(lines.size()).as("50 looks at 50 trials: %s", lines).isLessThan(40);
  }
}
