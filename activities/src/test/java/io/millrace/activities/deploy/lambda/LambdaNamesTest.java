package io.millrace.activities.deploy.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.deploy.lambda.FunctionFront.Routing;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.ModelRef;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LambdaNamesTest {
  private static DesiredState.Version version(String model, int number) {
    ModelRef ref = new ModelRef(model, number, "a1".repeat(32));
    return new DesiredState.Version(number, ref.prefix(), ref.digest(), 0);
  }

  @Test
  void function_ofAnyEndpoint_isOneThatLambdaTakesAndNoOthers() {
    assertThat(LambdaNames.function("credit")).isEqualTo("millrace-credit");
    String dotted = LambdaNames.function("credit.v2");
    assertThat(dotted).matches("millrace-credit-v2-[0-9a-f]{8}");
    assertThat(dotted).isNotEqualTo(LambdaNames.function("credit-v2"));
    String longest = LambdaNames.function("x".repeat(100));
    assertThat(longest).hasSizeLessThanOrEqualTo(64).matches("[A-Za-z0-9-_]+");
    assertThat(longest).isNotEqualTo(LambdaNames.function("x".repeat(99)));
  }

  @Test
  void description_isReadBackAndFitsIn256Characters() {
    for (boolean snapStart : new boolean[] {true, false}) {
      DesiredState.Version version = version("m".repeat(100), 999_999_999);
      String text = LambdaNames.description("endpoint", version, snapStart);
      assertThat(text).hasSizeLessThanOrEqualTo(256);
      LambdaNames.Described described = LambdaNames.described(text).orElseThrow();
      assertThat(described.is(version)).isTrue();
      assertThat(described.is(version("m", 1))).isFalse();
      assertThat(described.snapStart()).isEqualTo(snapStart);
    }
    assertThat(LambdaNames.described("made by hand")).isEmpty();
    assertThat(LambdaNames.described("")).isEmpty();
  }

  @Test
  void model_isTheOneOfTheRegistry() {
    assertThat(LambdaNames.model("endpoint", version("credit", 3))).isEqualTo("credit");
    assertThat(LambdaNames.model("endpoint", new DesiredState.Version(1, "x/", "d", 0)))
        .isEqualTo("endpoint");
  }

  @Test
  void routing_sendsToTheHeavierAndItsShareToTheOther() {
    assertThat(Routing.of(Map.of("3", 0.9, "4", 0.1)))
        .isEqualTo(new Routing("3", Map.of("4", 0.1)));
    assertThat(Routing.of(Map.of("4", 1.0))).isEqualTo(new Routing("4", Map.of()));
    // a half each is the same routing whoever asks
    assertThat(Routing.of(Map.of("3", 0.5, "4", 0.5)))
        .isEqualTo(Routing.of(Map.of("4", 0.5, "3", 0.5)));
  }

  @Test
  void reported_readsThePlatformsOwnTimes() {
    assertThat(
            reported(
                "REPORT RequestId: 1 Duration: 12.50 ms Billed Duration: 400 ms Memory Size: 512 MB"
                    + " Max Memory Used: 99 MB Init Duration: 387.25 ms"))
        .isEqualTo(399.75);
    assertThat(
            reported(
                "REPORT RequestId: 1 Duration: 10.0 ms Billed Duration: 11 ms Restore Duration:"
                    + " 90.0 ms Billed Restore Duration: 91 ms"))
        .isEqualTo(100.0);
    assertThat(reported("no report")).isNull();
    assertThat(StartMeasure.reported(null)).isNull();
  }

  private static Double reported(String line) {
    return StartMeasure.reported(
        Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8)));
  }
}
