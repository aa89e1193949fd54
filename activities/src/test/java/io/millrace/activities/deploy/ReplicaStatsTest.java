package io.millrace.activities.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.deploy.Target.Seen;
import io.millrace.workflows.wire.PayloadJson;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaStatsTest {
  private static Seen seen(long requests, Double p99, double[] scores, long[] latency) {
    return new Seen(1, false, requests, 1, p99, p99, scores, latency);
  }

  @Test
  void sum_addsCounts_andTakesQuantilesOfTheAddedBuckets() {
    long[] fast = new long[100];
    fast[79] = 99;
    long[] slow = new long[120];
    slow[119] = 1;
    List<Seen> sum =
        ReplicaStats.sum(
            List.of(
                seen(99, 1.0, new double[] {1, 2}, fast),
                seen(1, 30.0, new double[] {0, 1}, slow)));
    assertThat(sum).hasSize(1);
    assertThat(sum.getFirst().requests()).isEqualTo(100);
    assertThat(sum.getFirst().errors()).isEqualTo(2);
    assertThat(sum.getFirst().scores()).containsExactly(1, 3);
    // bucket 79 ends at 2^10 µs: 99 of 100 requests are below it
    assertThat(sum.getFirst().p99()).isCloseTo(1.024, within(1e-9));
  }

  @Test
  void sum_withoutBuckets_isAsBadAsTheWorstReplica() {
    List<Seen> sum =
        ReplicaStats.sum(
            List.of(
                seen(5, 2.0, new double[0], new long[0]),
                seen(5, 9.0, new double[0], new long[0]),
                seen(0, null, new double[0], new long[0])));
    assertThat(sum.getFirst().p99()).isEqualTo(9);
  }

  @Test
  void read_ofAServersAnswer_hasItsVersions() throws Exception {
    List<Seen> seen =
        ReplicaStats.read(
            PayloadJson.mapper()
                .readTree(
                    "{\"versions\":[{\"version\":2,\"requests\":3,\"errors\":1,\"p50\":0.5,\"p99\":2,"
                        + "\"scores\":[1,2]},{\"version\":3,\"requests\":0,\"p50\":0,\"p99\":0}]}"));
    assertThat(seen).extracting(Seen::version).containsExactly(2, 3);
    assertThat(seen.getFirst().p99()).isEqualTo(2);
    assertThat(seen.getLast().p99()).isNull();
  }
}
