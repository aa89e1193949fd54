package io.millrace.workflows.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.workflows.port.deploy.DeployActivities.LatencyCounts;
import io.millrace.workflows.port.deploy.DeployActivities.VersionTraffic;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficSumTest {
  private static VersionTraffic traffic(long requests, int first, Long... latency) {
    return new VersionTraffic(
        2,
        requests,
        1,
        1.0,
        2.0,
        null,
        new LatencyCounts(first, List.of(latency)),
        List.of(requests, 0L));
  }

  @Test
  void total_ofLooksSinceTheSameMoment_isTheNewest() {
    TrafficSum sum = new TrafficSum(2);
    sum.seen(traffic(3, 80, 3L));
    sum.seen(traffic(5, 80, 5L));
    assertThat(sum.total()).isEqualTo(traffic(5, 80, 5L));
  }

  @Test
  void total_afterATurnOrAServersNewStart_keepsWhatWasSeen() {
    TrafficSum sum = new TrafficSum(2);
    sum.seen(traffic(5, 80, 4L, 1L));
    sum.turn();
    sum.seen(traffic(3, 82, 3L));
    // the server was killed: it counts from nothing
    sum.seen(traffic(2, 80, 2L));
    assertThat(sum.total().requests()).isEqualTo(10);
    assertThat(sum.total().errors()).isEqualTo(3);
    assertThat(sum.total().scores()).containsExactly(10L, 0L);
    assertThat(sum.total().latency()).isEqualTo(new LatencyCounts(80, List.of(6L, 1L, 3L)));
  }

  @Test
  void buckets_tellQuantilesAndWhatIsSlower() {
    // bucket 80 ends at 2^(81/8) µs = 1.116 ms, bucket 104 at 8.93 ms
    LatencyCounts counts = new LatencyCounts(80, List.of(98L, 1L));
    LatencyCounts slow = LatencyBuckets.sum(counts, new LatencyCounts(104, List.of(1L)));
    assertThat(LatencyBuckets.millis(slow, 0.5)).isCloseTo(1.116, within(0.001));
    assertThat(LatencyBuckets.millis(slow, 1)).isCloseTo(8.93, within(0.01));
    assertThat(LatencyBuckets.slower(slow, 5)).isEqualTo(1);
    assertThat(LatencyBuckets.slower(slow, 1.2)).isEqualTo(1);
    assertThat(LatencyBuckets.slower(slow, 0.5)).isEqualTo(100);
    assertThat(LatencyBuckets.since(slow, counts))
        .isNotNull()
        .satisfies(rest -> assertThat(LatencyBuckets.total(rest)).isEqualTo(1));
  }
}
