package io.millrace.activities.deploy.ecs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.ecs.model.EcsException;

class EcsNamesTest {
  private static final DesiredState.Version VERSION =
      new DesiredState.Version(999_999, "models/", "0123456789abcdef".repeat(4), 1);

  @Test
  void version_ofAnyEndpoint_isATargetGroupsName_andIsFoundAgain() {
    String name = Naming.version("a".repeat(100), VERSION);
    assertThat(name).matches("mr-[0-9a-f]{8}-v999999-01234567").hasSizeLessThanOrEqualTo(32);
    assertThat(Naming.ofEndpoint("a".repeat(100), name)).isTrue();
    assertThat(Naming.ofEndpoint("a", name)).isFalse();
  }

  @Test
  void token_isTheSameForTheSameChange_andFits() {
    assertThat(Naming.token("a", "1")).isEqualTo(Naming.token("a", "1")).hasSize(32);
    assertThat(Naming.token("a", "1")).isNotEqualTo(Naming.token("a1", ""));
  }

  @Test
  void label_ofTheRequestMetric_isBothArnsEnds() {
    assertThat(
            Autoscaling.label(
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/mr-1/50dc",
                "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/mr-1-v1/73e2"))
        .isEqualTo("app/mr-1/50dc/targetgroup/mr-1-v1/73e2");
  }

  @Test
  void errors_sayWhoCanMendThem() {
    assertThat(type("AccessDeniedException")).isEqualTo(FailureType.CONFIG_INVALID);
    assertThat(type("ClusterNotFoundException")).isEqualTo(FailureType.CONFIG_INVALID);
    assertThat(type("ThrottlingException")).isEqualTo(FailureType.AWS_UNAVAILABLE);
    assertThat(type("ServerException")).isEqualTo(FailureType.AWS_UNAVAILABLE);
  }

  private static FailureType type(String code) {
    return Failures.typeOf(
            EcsErrors.of(
                "ecs CreateService x",
                (EcsException)
                    EcsException.builder()
                        .awsErrorDetails(
                            AwsErrorDetails.builder().errorCode(code).errorMessage("m").build())
                        .build()))
        .orElseThrow();
  }
}
