package io.millrace.activities.deploy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HaproxyConfigTest {
  @Test
  void of_carriesTheNewestWeights() {
    String text =
        HaproxyConfig.of(
            List.of(
                new Replica("a", 1, 0, "172.20.0.10"),
                new Replica("b", 2, 0, "172.20.0.11"),
                new Replica("c", 2, 1, "172.20.0.12")),
            Map.of("v1-0", 180, "v2-0", 10));
    assertThat(text)
        .contains("    server v1-0 172.20.0.10:8080 check ")
        .contains("rise 1 weight 180\n")
        .contains("    server v2-0 172.20.0.11:8080 check ")
        .contains("    server v2-1 172.20.0.12:8080 check ")
        .endsWith("rise 1 weight 0\n")
        .contains("use-server v%[path,field(6,/)]-0 if")
        .contains("path -m sub .. // %\n");
  }

  @Test
  void free_givesTheLowestAddressNobodyHas() {
    assertThat(Addresses.at("172.18.0.0/16", 1)).isEqualTo("172.18.0.1");
    assertThat(Addresses.at("192.168.255.240/28", 20)).isEqualTo("192.169.0.4");
    Set<String> taken = new HashSet<>(Set.of("10.0.0.10", "10.0.0.12"));
    assertThat(Addresses.free("10.0.0.0/24", taken)).isEqualTo("10.0.0.11");
    for (int n = 10; n <= 250; n++) {
      taken.add("10.0.0." + n);
    }
    assertThatThrownBy(() -> Addresses.free("10.0.0.0/24", taken))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("10.0.0.0/24 taken (expected: one free)");
  }
}
