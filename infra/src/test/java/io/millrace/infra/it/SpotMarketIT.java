package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.infra.market.MarketScript;
import io.millrace.infra.market.MarketScript.End;
import io.millrace.infra.market.MarketScript.Fate;
import io.millrace.infra.market.MarketScript.Outage;
import io.millrace.infra.market.SpotMarket;
import io.millrace.infra.market.SpotMarket.Event;
import io.millrace.infra.market.SpotMarket.What;
import io.millrace.infra.market.TrainingNodes;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs with {@code training.compute.kind: ec2} on a market that takes nodes back at random: every
 * run completes, nothing finished runs twice, the model is bit-equal to an undisturbed run's, and
 * no instance is left. {@code -Dmillrace.market.runs=20} for more runs, {@code
 * -Dmillrace.market.seed=N} for others than CI's.
 */
class SpotMarketIT {
  private static final Duration LONG = Duration.ofMinutes(8);
  private static final Duration EVERY = Duration.ofSeconds(2);

  /** A quarter of AWS's two minutes; a node needs seconds. */
  private static final Duration LEAD = Duration.ofSeconds(30);

  private static final List<String> TYPES = List.of("m5.large", "c5.large");

  /**
   * From the first state that a node keeps of the net, whose trial takes ten seconds: the death
   * between two states, the notice while most of the trial is still to be done.
   */
  private static final MarketScript DEATH_THEN_NOTICE =
      new MarketScript(
          0,
          List.of(
              new Fate(End.KILL, Duration.ofMillis(500), LEAD),
              new Fate(End.NOTICE, Duration.ZERO, LEAD)),
          List.of(),
          null);

  @TempDir static Path home;

  private static MarketStage stage;
  private static SpotMarket market;
  private static int runs;
  private static @Nullable String undisturbed;

  /** Of the run before. */
  private static MarketPromises promises;

  @BeforeAll
  static void open() throws Exception {
    // a rerun begins from nothing, in the same process
    runs = 0;
    undisturbed = null;
    stage = new MarketStage(home);
    market = stage.market();
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  static LongStream seeds() {
    long first = Long.getLong("millrace.market.seed", 20_261_126L);
    return LongStream.range(0, Integer.getInteger("millrace.market.runs", 1)).map(i -> first + i);
  }

  @Test
  void run_whoseNodesDieAndAreWarned_completesWithTheUndisturbedRunsModel() throws Exception {
    String expected = undisturbed();
    // not from the first batch on: that may be of the linear model, which is done in a second
    Predicate<String> working = TrainingNodes.inTheMiddleOf(stage.store(), "mlp");
    assertThat(run(DEATH_THEN_NOTICE, working)).isEqualTo(expected);
    // else the random ones might all strike after the training
    assertThat(promises.deaths()).as(promises.said()).isPositive();
    assertThat(promises.notices()).as(promises.said()).isPositive();
  }

  /** Each seed is a test of its own: a failure in one says nothing of the others. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void run_onARandomMarket_completesWithTheUndisturbedRunsModel(long seed) throws Exception {
    String expected = undisturbed();
    MarketScript script = MarketScript.random(seed, TYPES, LEAD, Duration.ofSeconds(4));
    System.out.println("SpotMarketIT seed " + seed + ": " + script);
    assertThat(run(script)).as("model of seed " + seed).isEqualTo(expected);
  }

  private static String undisturbed() throws Exception {
    if (undisturbed == null) {
      undisturbed = run(MarketScript.calm());
    }
    return undisturbed;
  }

  @Test
  void run_throughAnOutageOfTheStatusApi_launchesNothingAgain() throws Exception {
    int before = market.failedCalls();
    run(
        new MarketScript(
            0, List.of(), List.of(), new Outage(Duration.ofMillis(200), Duration.ofSeconds(20))));
    assertThat(market.failedCalls() - before).isGreaterThan(5);
    assertThat(events(What.ORDERED)).hasSize(1);
    assertThat(events(What.STARTED)).hasSize(1);
  }

  /** Plays from a node's first batch on: what strikes earlier costs no training. */
  private static String run(MarketScript script) throws Exception {
    return run(script, new TrainingNodes(stage.store()));
  }

  /** One run from the command line. @return its package's digest */
  private static String run(MarketScript script, Predicate<String> working) throws Exception {
    String run = "market-" + ++runs;
    long begun = System.nanoTime();
    promises = new MarketPromises(stage.store(), run);
    market.play(script, working);
    Answer answer = stage.cli(LONG, "run", spec().toString(), "--json");
    promises.seenAll();
    market.events().forEach(event -> System.out.println("  " + event));
    assertThat(answer.exit()).as(answer.err() + answer.out()).isZero();
    assertThat(answer.json().path("run").asText()).isEqualTo(run);
    LocalMachine.await(
        "the last instance's end", Duration.ofSeconds(60), () -> market.standing().isEmpty());
    assertThat(stage.ec2().describeLaunchTemplates().launchTemplates()).isEmpty();
    try {
      promises.assertKept(market.events(), EVERY);
    } finally {
      System.out.printf(
          "SpotMarketIT %s, seed %d: %d s, %d left, %s%n",
          run,
          script.seed(),
          Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
          market.standing().size(),
          promises.said());
    }
    String registered = answer.json().path("version").asText();
    byte[] version =
        stage
            .store()
            .get("models/" + registered.replace("@", "/versions/") + "/version.json")
            .orElseThrow();
    return PayloadJson.mapper().readTree(version).path("digest").asText();
  }

  private static List<Event> events(What what) {
    return market.events().stream().filter(event -> event.what() == what).toList();
  }

  private static Path spec() throws IOException {
    return Files.writeString(
        home.resolve("pipeline.yaml"),
        """
        model: market
        task: binary
        data:
          source: {csv: "%s"}
          target: default.payment.next.month
          positive: "1"
          id: ID
          split: {kind: stratified, test: 0.2, validation: 0.1, seed: 7}
        training:
          seed: 11
          candidates:
            - {family: linear}
            - {family: mlp, hidden: [128, 64], dropout: 0.2}
          max-epochs: 60
          patience: 60
          checkpoint: {every: 2s, keep: 3}
          compute:
            kind: ec2
            nodes: 1
            spot: {types: [m5.large, c5.large], zones: any}
        gates:
          - {metric: roc-auc, floor: 0.7}
        deployment:
          target: {local: {port: 0}}
          rollout: {steps: [50%%, 100%%], bake: 1s, min-requests: 1}
        watch:
          schedule: {every: 1h}
          window: {last: 1h, min-rows: 100}
        """
            .formatted(
                LocalMachine.root()
                    .resolve("infra/examples/credit/data/UCI_Credit_Card.uci-layout.csv.gz")));
  }
}
