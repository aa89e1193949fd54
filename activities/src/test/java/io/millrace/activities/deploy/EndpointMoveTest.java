package io.millrace.activities.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.LeaveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ObserveRequest;
import io.millrace.workflows.port.deploy.DeployActivities.OtherPlace;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An endpoint that moves from one target to another keeps one sequence of states. */
class EndpointMoveTest {
  private static final String NAME = "credit";
  private static final TargetSpec LOCAL = TargetSpec.local(0);
  private static final TargetSpec DOCKER =
      new TargetSpec(
          null, null, new TargetSpec.Docker(0, "127.0.0.1", "384MB", 1), null, null, null);
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path dir;
  private final MemoryTarget local = new MemoryTarget("local");
  private final MemoryTarget docker = new MemoryTarget("docker");
  private Endpoints endpoints;
  private Deployments deployments;

  @BeforeEach
  void versionOneServesLocally() {
    ObjectStore store = new FileStore(dir.resolve("store"));
    endpoints = new Endpoints(store);
    deployments =
        new Deployments(
            endpoints, new EndpointChanges(InstantSource.fixed(NOW)), List.of(local, docker));
    deployments.prepare(new PrepareRequest(NAME, ref(1), LOCAL, "p1"));
    deployments.shift(new ShiftRequest(NAME, Map.of(1, 1.0), "first", "test"));
  }

  @Test
  void prepare_elsewhere_leavesWhatServesAsItIs() {
    EndpointState state = deployments.prepare(elsewhere(null));

    assertThat(state.target()).isEqualTo("local");
    assertThat(state.url()).isEqualTo("http://local/credit");
    assertThat(state.weights()).isEqualTo(Map.of(1, 1.0));
    assertThat(state.other())
        .isEqualTo(new OtherPlace("docker", "http://docker/credit", List.of(2)));
    assertThat(local.weights(NAME)).isEqualTo(Map.of(1, 1.0));
    assertThat(docker.weights(NAME)).isEqualTo(Map.of(2, 0.0));
    long seq = endpoints.find(NAME).orElseThrow().seq();
    assertThat(deployments.prepare(elsewhere(null))).isEqualTo(state);
    assertThat(endpoints.find(NAME).orElseThrow().seq()).isEqualTo(seq);
  }

  @Test
  void shift_toTheOtherPlace_makesItTheEndpointsOwnAndTheOldOneGoesOn() {
    EndpointState moved = move();

    assertThat(moved.target()).isEqualTo("docker");
    assertThat(moved.url()).isEqualTo("http://docker/credit");
    assertThat(moved.weights()).isEqualTo(Map.of(2, 1.0));
    assertThat(moved.other()).isEqualTo(new OtherPlace("local", "http://local/credit", List.of(1)));
    assertThat(docker.weights(NAME)).isEqualTo(Map.of(2, 1.0));
    assertThat(local.weights(NAME)).isEqualTo(Map.of(1, 1.0));
    // a server of the old place, and one that is started again there, find their own versions
    Endpoint old = endpoints.find(NAME).orElseThrow().in("local").orElseThrow();
    assertThat(old.weights()).isEqualTo(Map.of(1, 1.0));
    assertThat(move()).isEqualTo(moved);
  }

  @Test
  void leave_removesTheOldPlace_andARepeatChangesNothing() {
    move();
    EndpointState left = deployments.leave(new LeaveRequest(NAME, "local", "leave"));

    assertThat(left.other()).isNull();
    assertThat(local.weights(NAME)).isEmpty();
    assertThat(endpoints.find(NAME).orElseThrow().in("local")).isEmpty();
    assertThat(deployments.leave(new LeaveRequest(NAME, "local", "leave"))).isEqualTo(left);
    // never where it lives
    assertThat(deployments.leave(new LeaveRequest(NAME, "docker", "x"))).isEqualTo(left);
    assertThat(docker.weights(NAME)).isEqualTo(Map.of(2, 1.0));
  }

  @Test
  void leave_thatWasBrokenOff_isGoneOnWith() {
    move();
    local.breakDown(new IllegalStateException("killed"));
    assertThatThrownBy(() -> deployments.leave(new LeaveRequest(NAME, "local", "leave")))
        .hasMessage("killed");
    // no server is started there any more
    assertThat(endpoints.find(NAME).orElseThrow().in("local")).isEmpty();
    local.mend();
    assertThat(deployments.leave(new LeaveRequest(NAME, "local", "leave")).other()).isNull();
    assertThat(local.weights(NAME)).isEmpty();
  }

  @Test
  void shift_back_makesTheOldPlaceTheEndpointsOwnAgain() {
    move();
    EndpointState back =
        deployments.shift(
            new ShiftRequest(NAME, Map.of(1, 1.0), "back", "rollback", null, "local"));

    assertThat(back.url()).isEqualTo("http://local/credit");
    assertThat(back.weights()).isEqualTo(Map.of(1, 1.0));
    deployments.leave(new LeaveRequest(NAME, "docker", "leave"));
    assertThat(docker.weights(NAME)).isEmpty();
    assertThat(endpoints.history(NAME)).extracting(Endpoint::seq).isSorted();
  }

  @Test
  void prepare_toGoBack_staysWhereTheEndpointLives() {
    move();
    EndpointState state = deployments.prepare(stay(3));

    assertThat(state.target()).isEqualTo("docker");
    assertThat(state.ready()).containsExactly(2, 3);
    Endpoint endpoint = endpoints.find(NAME).orElseThrow();
    assertThat(endpoint.settings()).isEqualTo(DOCKER);
  }

  @Test
  void prepare_whereAnAbortedMoveLeftSomething_removesThatFirst() {
    deployments.prepare(elsewhere(null));
    deployments.prepare(new PrepareRequest(NAME, ref(3), LOCAL, "p3"));

    assertThat(docker.weights(NAME)).isEmpty();
    assertThat(local.weights(NAME)).isEqualTo(Map.of(1, 1.0, 3, 0.0));
    assertThat(deployments.describe(new DescribeRequest(NAME)).other()).isNull();
  }

  @Test
  void prepare_elsewhereThatFails_canBeTriedAgain() {
    docker.breakDown(new IllegalStateException("no engine"));
    assertThatThrownBy(() -> deployments.prepare(elsewhere(null))).hasMessage("no engine");
    assertThat(deployments.describe(new DescribeRequest(NAME)).weights()).isEqualTo(Map.of(1, 1.0));
    docker.mend();
    assertThat(deployments.prepare(elsewhere(null)).other()).isNotNull();
  }

  @Test
  void observe_whileItMoves_seesBothPlaces_andMirroredTrafficApart() {
    local.sees(seen(1, false, 900, 3));
    docker.sees(seen(2, false, 40, 1));
    docker.sees(seen(2, true, 7, 0));
    move();
    List<VersionTraffic> both =
        deployments.observe(new ObserveRequest(NAME, List.of(2, 1, 5), NOW)).versions();
    assertThat(both).extracting(VersionTraffic::requests).containsExactly(40L, 900L, 0L);
    assertThat(
            deployments
                .observe(new ObserveRequest(NAME, List.of(2), NOW, 2))
                .versions()
                .getFirst()
                .requests())
        .isEqualTo(7);
  }

  @Test
  void observe_ofQualityThatCannotBeSeen_tellsWhatTheTargetCounted() {
    local.sees(seen(1, false, 900, 3));
    List<VersionTraffic> traffic =
        deployments.observe(new ObserveRequest(NAME, List.of(1), NOW, null, NOW)).versions();
    assertThat(traffic.getFirst().requests()).isEqualTo(900);
    assertThat(traffic.getFirst().quality()).isNull();
  }

  private EndpointState move() {
    deployments.prepare(elsewhere(null));
    return deployments.shift(
        new ShiftRequest(NAME, Map.of(2, 1.0), "move", "test", null, "docker"));
  }

  private static Target.Seen seen(int version, boolean shadow, long requests, long errors) {
    return new Target.Seen(
        version, shadow, requests, errors, 1.0, 2.0, new double[0], new long[] {0, requests, 0});
  }

  private static PrepareRequest elsewhere(@Nullable Boolean stay) {
    return new PrepareRequest(NAME, ref(2), DOCKER, "p2", null, null, stay);
  }

  private static PrepareRequest stay(int version) {
    return new PrepareRequest(NAME, ref(version), LOCAL, "p" + version, null, null, true);
  }

  private static ModelRef ref(int version) {
    return new ModelRef(NAME, version, "%064x".formatted(version));
  }
}
