package io.millrace.activities.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.RetireRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.DeploymentSpec.RolloutSpec;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link Target} holds, asked through {@link Deployments}. A subclass brings a target
 * over something real, and says what there is of an endpoint.
 */
public abstract class TargetContract {
  protected static final String NAME = "credit";

  /** What {@link TestPackages#linear} answers a berliner of 50 who earns 1500, without bias. */
  private static final double SCORE = TestPackages.expected(50, 1500.0, "berlin", 0);

  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir Path home;
  private ObjectStore store;

  /** A new adapter over what there is, as a worker that was started again has. */
  protected abstract Target target();

  /** Where the endpoint is to live. */
  protected abstract TargetSpec settings();

  /**
   * Names of whatever exists of the endpoint outside the store: processes, containers, functions.
   */
  protected abstract List<String> leftovers(String endpoint);

  /** Asks the endpoint once; another way in (a signed one, say) is the subclass's. */
  protected Scored ask(String url) throws IOException {
    return ContractClient.ask(url, ROW);
  }

  /** The store of the test; S3 where the target cannot read this machine's files. */
  protected ObjectStore openStore(Path folder) {
    return new FileStore(folder);
  }

  /** How long after an answer it is counted in {@code observe}, at most. */
  protected Duration lag() {
    return Duration.ofSeconds(5);
  }

  /** Whether it is told what was answered; one that is not says so by telling nothing. */
  protected boolean counts() {
    return true;
  }

  protected final ObjectStore store() {
    return store;
  }

  protected final Path scratch() {
    return home.resolve("scratch");
  }

  @BeforeEach
  final void openTheStore() {
    store = openStore(home.resolve("store"));
  }

  @AfterEach
  final void removeTheEndpoint() {
    endpoints().find(NAME).ifPresent(endpoint -> target().remove(endpoint));
    store.close();
  }

  @Test
  void prepare_makesAVersionReadyWithoutTraffic_andARepeatChangesNothing() throws IOException {
    ModelRef one = publish(1, 0);
    EndpointState state = deployments().prepare(request(one));
    assertThat(state.url()).isNotNull();
    assertThat(state.weights()).isEqualTo(Map.of(1, 0.0));
    assertThat(state.ready()).containsExactly(1);

    long seq = endpoints().find(NAME).orElseThrow().seq();
    assertThat(deployments().prepare(request(one))).isEqualTo(state);
    assertThat(endpoints().find(NAME).orElseThrow().seq()).isEqualTo(seq);
    assertThat(deployments().describe(new DescribeRequest(NAME))).isEqualTo(state);
  }

  @Test
  void shift_movesAllTrafficWithoutAFailure_andRetireDrains() throws Exception {
    serveOne();
    Instant start = Instant.now();
    EndpointState state;
    try (ContractClient load = new ContractClient(() -> ask(url()))) {
      load.awaitAnswers(50);
      deployments().prepare(request(publish(2, 1)));
      load.awaitAnswers(50);
      assertThat(load.versions()).containsExactly(1);
      if (can(Target.Ability.WEIGHTS)) {
        shift("half", Map.of(1, 0.5, 2, 0.5));
        load.awaitAnswers(200);
        assertThat(load.versions()).containsExactly(1, 2);
      }
      state = shift("all", Map.of(2, 1.0));
      load.awaitAnswers(50);
      deployments().retire(new RetireRequest(NAME, 1, "retire-1"));
      load.awaitAnswers(50);
      assertThat(load.failures()).isEmpty();
    }
    assertThat(state.weights()).isEqualTo(Map.of(1, 0.0, 2, 1.0));
    EndpointState after = deployments().retire(new RetireRequest(NAME, 1, "retire-1"));
    assertThat(after.weights()).isEqualTo(Map.of(2, 1.0));
    assertThat(after.ready()).containsExactly(2);
    Scored scored = ask(url());
    assertThat(scored.version()).isEqualTo(2);
    assertThat(scored.score())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 1), within(1e-5));
    if (counts()) {
      assertSeen(start, 2, 50);
    } else {
      assertThat(seen(start, 2)).isEqualTo(VersionTraffic.none(2));
    }
  }

  @Test
  void shift_splitsAsAsked_andARepeatWithTheSameKeyChangesNothing() throws IOException {
    serveOne();
    deployments().prepare(request(publish(2, 1)));
    if (can(Target.Ability.WEIGHTS)) {
      EndpointState split = shift("split", Map.of(1, 0.7, 2, 0.3));
      int fresh = 0;
      for (int i = 0; i < 400; i++) {
        fresh += ask(url()).version() == 2 ? 1 : 0;
      }
      // 0.3 of 400, five standard deviations of chance on both sides
      assertThat(fresh).isBetween(74, 166);
      assertThat(shift("split", Map.of(1, 0.7, 2, 0.3))).isEqualTo(split);
    }
    shift("back", Map.of(1, 1.0));
    // a late repeat of what was undone since
    assertThat(shift("split", Map.of(1, 0.7, 2, 0.3)).weights())
        .isEqualTo(can(Target.Ability.WEIGHTS) ? Map.of(1, 1.0, 2, 0.0) : Map.of(1, 0.7, 2, 0.3));
  }

  @Test
  void prepare_ofABrokenVersion_saysWhichAndTheOldOneGoesOn() throws IOException {
    serveOne();
    ModelRef broken = new ModelRef(NAME, 2, "0".repeat(64));
    store.put(broken.prefix() + PackageFiles.MANIFEST, new byte[] {'{', '}'});
    store.put(broken.prefix() + PackageFiles.GRAPH, new byte[] {1});
    assertThatThrownBy(() -> deployments().prepare(request(broken)))
        .hasMessageContaining("version 2");
    assertThat(ask(url()).version()).isEqualTo(1);
    assertThatThrownBy(() -> shift("broken", Map.of(2, 1.0))).hasMessageContaining("version 2");
    assertThat(deployments().describe(new DescribeRequest(NAME)).weights().get(1)).isEqualTo(1.0);
    // what a rollback does must not wait for the broken one
    shift("back", Map.of(1, 1.0));
    assertThat(deployments().retire(new RetireRequest(NAME, 2, "retire-2")).ready())
        .containsExactly(1);
    assertThat(ask(url()).score()).isCloseTo(SCORE, within(1e-5));
  }

  @Test
  void crash_afterTheStateWasWritten_isHealedByTheNextTry() throws IOException {
    ModelRef one = publish(1, 0);
    assertThatThrownBy(() -> dying(0).prepare(request(one))).hasMessage(DyingTarget.MESSAGE);
    assertThat(deployments().prepare(request(one)).ready()).containsExactly(1);
    shift("first", Map.of(1, 1.0));
    ModelRef two = publish(2, 1);
    deployments().prepare(request(two));
    ShiftRequest all = new ShiftRequest(NAME, Map.of(2, 1.0), "all", "test");
    assertThatThrownBy(() -> dying(1).shift(all)).hasMessage(DyingTarget.MESSAGE);
    assertThat(endpoints().find(NAME).orElseThrow().weights()).isEqualTo(Map.of(1, 0.0, 2, 1.0));
    assertThat(deployments().shift(all).weights()).isEqualTo(Map.of(1, 0.0, 2, 1.0));
    assertThat(ask(url()).version()).isEqualTo(2);
    assertThatThrownBy(() -> dying(0).retire(new RetireRequest(NAME, 1, "r")))
        .hasMessage(DyingTarget.MESSAGE);
    assertThat(deployments().retire(new RetireRequest(NAME, 1, "r")).ready()).containsExactly(2);
  }

  @Test
  void remove_leavesNothing_andTwiceIsSuccess() throws IOException {
    serveOne();
    Endpoint endpoint = endpoints().find(NAME).orElseThrow();
    assertThat(leftovers(NAME)).isNotEmpty();
    target().remove(endpoint);
    assertThat(leftovers(NAME)).isEmpty();
    target().remove(endpoint);
    assertThat(target().live(endpoint)).isEmpty();
    assertThat(deployments().describe(new DescribeRequest(NAME)).url()).isNull();
  }

  @Test
  void whatItCannotDo_isRefusedBeforeAnythingChanges() throws IOException {
    ModelRef one = publish(1, 0);
    refused(Target.Ability.WEIGHTS, "rollout.steps", one, null, rollout(List.of(0.5, 1.0), null));
    refused(
        Target.Ability.SHADOW,
        "rollout.shadow",
        one,
        null,
        rollout(List.of(1.0), new ShadowSpec(1, Duration.ofMinutes(1))));
    refused(Target.Ability.INSTANCES, "scale.min", one, new ScaleSpec(2, 2, null), null);
    refused(Target.Ability.AUTOSCALING, "scale.max", one, new ScaleSpec(1, 2, null), null);
    assertThat(endpoints().find(NAME)).isEmpty();
    assertThat(leftovers(NAME)).isEmpty();
  }

  private void refused(
      Target.Ability ability,
      String field,
      ModelRef version,
      ScaleSpec scale,
      RolloutSpec rollout) {
    if (!can(ability)) {
      assertThatThrownBy(
              () ->
                  deployments()
                      .prepare(new PrepareRequest(NAME, version, settings(), "k", scale, rollout)))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
          .hasMessageContaining("deployment." + field);
    }
  }

  private static RolloutSpec rollout(List<Double> steps, @Nullable ShadowSpec shadow) {
    return new RolloutSpec(steps, Duration.ZERO, 0, List.of(), shadow);
  }

  private boolean can(Target.Ability ability) {
    Set<Target.Ability> abilities = target().abilities(settings());
    return abilities.contains(ability);
  }

  /** Where an answer brings the counts along, one a second is asked for, and not counted here. */
  private void assertSeen(Instant since, int version, long least) throws Exception {
    long end = System.nanoTime() + lag().toNanos();
    VersionTraffic seen = seen(since, version);
    int asked = 0;
    for (int look = 1; seen.requests() - asked < least && System.nanoTime() < end; look++) {
      Thread.sleep(200);
      if (look % 5 == 0) {
        ask(url());
        asked++;
      }
      seen = seen(since, version);
    }
    assertThat(seen.requests() - asked).isGreaterThanOrEqualTo(least);
    assertThat(seen.errors()).isZero();
    assertThat(seen.p99()).isPositive();
  }

  private VersionTraffic seen(Instant since, int version) {
    return deployments()
        .observe(new ObserveRequest(NAME, List.of(version), since))
        .versions()
        .getFirst();
  }

  private void serveOne() throws IOException {
    deployments().prepare(request(publish(1, 0)));
    shift("first", Map.of(1, 1.0));
    assertThat(ask(url()).score()).isCloseTo(SCORE, within(1e-5));
  }

  private EndpointState shift(String key, Map<Integer, Double> weights) {
    return deployments().shift(new ShiftRequest(NAME, weights, key, "test"));
  }

  private String url() {
    return endpoints().find(NAME).orElseThrow().url();
  }

  private PrepareRequest request(ModelRef version) {
    return new PrepareRequest(NAME, version, settings(), "prepare-" + version.version());
  }

  /** A package of {@link TestPackages#linear} in the store. */
  protected final ModelRef publish(int version, double bias) throws IOException {
    Path dir = TestPackages.linear(Files.createDirectory(home.resolve("package-" + version)), bias);
    ModelRef ref = new ModelRef(NAME, version, PackageFiles.digest(dir));
    new Packages(store, scratch()).publish(dir, ref.prefix());
    return ref;
  }

  /** As a worker has them that was started a moment ago. */
  protected final Deployments deployments() {
    return new Deployments(store, List.of(target()));
  }

  private Deployments dying(int after) {
    return new Deployments(store, List.of(new DyingTarget(target(), after)));
  }

  private Endpoints endpoints() {
    return new Endpoints(store);
  }
}
