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
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An endpoint on a machine of its own, versions for it, and a constant load. */
abstract class RolloutFixture {
  /** Requests a second. */
  static final int RATE = 200;

  /** Requests that an analysis of a step wants. */
  static final int SAMPLES = 200;

  private static final List<String> CITIES = List.of("berlin", "paris", "rome");

  @TempDir Path home;
  private LocalMachine machine;
  private WorkflowClient client;

  @BeforeEach
  void up() {
    machine = machine(home);
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

  LocalMachine machine(Path home) {
    return new LocalMachine(home);
  }

  /** Load on the endpoint, from its first version on: a row in each request. */
  ConstantLoad load() {
    return new ConstantLoad(URI.create(url() + "/invocations"), RATE, RolloutFixture::row);
  }

  /** Ends what is no process of the machine. */
  void remove(Endpoint endpoint) {}

  final LocalMachine machine() {
    return machine;
  }

  final void assertNoneFailed(List<Answer> answers) {
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

  /** A request of one row. Ages 18 to 88, evenly: two of a hundred are beyond 86.6. */
  static String row(long number) {
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

  final Rollout stub(ModelRef to) {
    return client.newWorkflowStub(
        Rollout.class,
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.PIPELINE)
            .setWorkflowId("Rollout:credit:it-" + to.version())
            .build());
  }

  final RolloutRequest request(ModelRef to, @Nullable ModelRef from, RolloutSpec rules) {
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

  final RolloutSpec steps(long seconds, @Nullable ShadowSpec shadow) {
    return new RolloutSpec(
        List.of(0.1, 0.5, 1.0),
        Duration.ofSeconds(seconds),
        SAMPLES,
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
