package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.packages.Packages;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.infra.config.TemporalProfile;
import io.millrace.infra.it.ConstantLoad.Answer;
import io.millrace.workflows.options.TaskQueues;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.millrace.workflows.rollout.Rollout.RolloutRequest;
import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under a constant load: a good version gets all traffic and no request fails; a slow one, one that
 * errs on two rows of a hundred, and one whose scores moved are gone within a minute, whether the
 * worker lives or not. A class per target says where.
 */
@Timeout(value = 12, unit = TimeUnit.MINUTES)
abstract class RolloutScenarios {
  /** Requests a second. */
  static final int RATE = 200;

  private static final List<String> CITIES = List.of("berlin", "paris", "rome");
  private static final Duration BAD = Duration.ofSeconds(60);
  private static final String REFUSED = "(expected: a number in 0..86.4)";

  @TempDir Path home;
  private LocalMachine machine;
  private WorkflowClient client;

  @BeforeEach
  void up() {
    machine = new LocalMachine(home);
    machine.up();
    client = TemporalProfile.client("127.0.0.1:" + machine.config().temporal().port());
  }

  @AfterEach
  void down() {
    client.getWorkflowServiceStubs().shutdownNow();
    new Endpoints(machine.store()).find("credit").ifPresent(this::remove);
    machine.close();
  }

  abstract TargetSpec target();

  /** Load on the endpoint, from its first version on. */
  final ConstantLoad load() {
    return new ConstantLoad(URI.create(url() + "/invocations"), RATE, RolloutScenarios::row);
  }

  /** Ends what is no process of the machine. */
  void remove(Endpoint endpoint) {}

  final LocalMachine machine() {
    return machine;
  }

  @Test
  void rollout_ofGoodAndBadVersionsUnderLoad_failsNoRequestAndGoesBackWithinAMinute()
      throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, 5 * RATE);

      RolloutOutcome good = start(publish(2, 0.02, 120, 0), one, steps(20, null));
      assertThat(good.promoted()).as(good.sentence()).isTrue();
      assertThat(good.steps()).hasSize(3);
      assertNoneFailed(load.answers());
      assertThat(load.since(Instant.now().minusSeconds(2)))
          .filteredOn(answer -> answer.version() != 2)
          .isEmpty();

      ModelRef two = publish(2, 0.02, 120, 0);
      bad(load, two, publish(3, 0, 120, 500), "latency", false);
      bad(load, two, publish(4, 0, 86.4, 0), "errors", true);
      bad(load, two, publish(5, 1.5, 120, 0), "score-shift", false);
    }
  }

  @Test
  void rollout_whileTheWorkerIsKilledInMidShift_goesBackWithinAMinute() throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, 5 * RATE);
      ModelRef bad = publish(2, 1.5, 120, 0);
      Instant begun = Instant.now();
      Rollout rollout = stub(bad);
      WorkflowClient.start(rollout::run, request(bad, one, steps(60, null)));
      awaitVersion(load, begun, 2);
      List<ProcessHandle> workers = machine.processes("WorkerMain");
      workers.forEach(LocalMachine::kill9);
      System.out.println("kill -9 of " + workers.size() + " worker in mid-shift");
      RolloutOutcome outcome = WorkflowStub.fromTyped(rollout).getResult(RolloutOutcome.class);
      assertThat(outcome.promoted()).isFalse();
      assertThat(outcome.sentence()).contains("score-shift");
      assertGone(load, begun, 2, false, "score-shift, worker killed");
    }
  }

  private void bad(ConstantLoad load, ModelRef from, ModelRef to, String rule, boolean errs) {
    Instant begun = Instant.now();
    RolloutOutcome outcome = start(to, from, steps(60, null));
    assertThat(outcome.promoted()).as(outcome.sentence()).isFalse();
    assertThat(outcome.sentence()).contains(rule);
    assertGone(load, begun, to.version(), errs, rule);
  }

  /** From the first answer of the bad version to the last one; and what the switch cost. */
  private static void assertGone(
      ConstantLoad load, Instant begun, int version, boolean errs, String what) {
    List<Answer> all = load.since(begun);
    List<Instant> times =
        all.stream()
            .filter(answer -> answer.version() == version)
            .map(Answer::at)
            .sorted(Comparator.naturalOrder())
            .toList();
    assertThat(times).as("answers of version " + version).isNotEmpty();
    Duration exposed = Duration.between(times.getFirst(), times.getLast());
    List<Answer> failed = all.stream().filter(Answer::failed).toList();
    System.out.printf(
        "%s: version %d answered for %.1f s (%d of %d requests), failures %d%n",
        what, version, exposed.toMillis() / 1e3, times.size(), all.size(), failed.size());
    assertThat(exposed).isLessThan(BAD);
    // what a model refuses is its own, and its words say which; the switch fails nothing
    assertThat(failed).allMatch(answer -> errs && REFUSED.equals(limit(answer.problem())));
  }

  /** The rule that only the erring version has. */
  private static String limit(String problem) {
    return problem.substring(Math.max(0, problem.indexOf("(expected")));
  }

  static void assertNoneFailed(List<Answer> answers) {
    Map<String, Long> problems =
        answers.stream()
            .filter(Answer::failed)
            .collect(Collectors.groupingBy(Answer::problem, TreeMap::new, Collectors.counting()));
    assertThat(problems).isEmpty();
  }

  static void awaitAnswers(ConstantLoad load, int count) {
    LocalMachine.await(
        count + " answers", Duration.ofMinutes(1), () -> load.answers().size() >= count);
  }

  private static void awaitVersion(ConstantLoad load, Instant since, int version) {
    LocalMachine.await(
        "an answer of version " + version,
        Duration.ofMinutes(2),
        () -> load.since(since).stream().anyMatch(answer -> answer.version() == version));
  }

  /** Ages 18 to 88, evenly: two of a hundred are beyond 86.6. */
  private static String row(long number) {
    long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
    double age = 18 + 70 * ((mixed >>> 11) * 0x1p-53);
    long income = 500 + Math.floorMod(mixed >>> 7, 2_000L);
    String city = CITIES.get((int) Math.floorMod(mixed >>> 3, 3L));
    return "{\"instances\":[{\"age\":%.3f,\"income\":%d,\"city\":\"%s\"}]}"
        .formatted(age, income, city);
  }

  final RolloutOutcome start(ModelRef to, @Nullable ModelRef from, RolloutSpec rules) {
    return stub(to).run(request(to, from, rules));
  }

  private Rollout stub(ModelRef to) {
    return client.newWorkflowStub(
        Rollout.class,
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.PIPELINE)
            .setWorkflowId("Rollout:credit:it-" + to.version())
            .build());
  }

  private RolloutRequest request(ModelRef to, @Nullable ModelRef from, RolloutSpec rules) {
    return new RolloutRequest(
        "credit",
        to,
        from,
        new DeploymentSpec(target(), rules),
        "it-" + to.version(),
        "integration test",
        "it");
  }

  static RolloutSpec quick() {
    return new RolloutSpec(List.of(1.0), Duration.ZERO, 0, List.of());
  }

  static RolloutSpec steps(long seconds, @Nullable ShadowSpec shadow) {
    return new RolloutSpec(
        List.of(0.1, 0.5, 1.0),
        Duration.ofSeconds(seconds),
        200,
        List.of("errors", "latency", "score-shift"),
        shadow);
  }

  final String url() {
    return new Endpoints(machine.store()).find("credit").orElseThrow().url();
  }

  final ModelRef publish(int version, double bias, double oldest, int layers) throws IOException {
    Path dir = home.resolve("package-" + version);
    if (!Files.exists(dir)) {
      TestPackages.linear(Files.createDirectory(dir), bias, oldest, layers);
    }
    ModelRef ref = new ModelRef("credit", version, PackageFiles.digest(dir));
    new Packages(machine.store(), machine.config().scratch()).publish(dir, ref.prefix());
    return ref;
  }
}
