package io.millrace.activities.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.compute.ComputeActivities.Offering;
import io.millrace.workflows.port.compute.ComputeActivities.Shortage;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ec2.model.Ec2Exception;

class Ec2ErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "InsufficientInstanceCapacity, 500, CAPACITY_UNAVAILABLE",
    "UnfulfillableCapacity, 400, CAPACITY_UNAVAILABLE",
    "MaxSpotInstanceCountExceeded, 400, CAPACITY_UNAVAILABLE",
    "Unsupported, 400, CAPACITY_UNAVAILABLE",
    "VcpuLimitExceeded, 400, CONFIG_INVALID",
    "UnauthorizedOperation, 403, CONFIG_INVALID",
    "AuthFailure, 401, CONFIG_INVALID",
    "InvalidAMIID.NotFound, 400, CONFIG_INVALID",
    "InvalidSubnetID.NotFound, 400, CONFIG_INVALID",
    "RequestLimitExceeded, 503, AWS_UNAVAILABLE",
    "InternalError, 500, AWS_UNAVAILABLE",
    "SomethingNew, 400, AWS_UNAVAILABLE"
  })
  void of_aCode_saysWhoCanAct(String code, int status, FailureType type) {
    ApplicationFailure failure =
        Ec2Errors.of(
            "CreateFleet",
            Ec2Exception.builder()
                .statusCode(status)
                .awsErrorDetails(
                    AwsErrorDetails.builder().errorCode(code).errorMessage("as it is").build())
                .build());
    assertThat(Failures.typeOf(failure)).contains(type);
    assertThat(failure.getOriginalMessage())
        .startsWith("ec2 CreateFleet")
        .contains(code)
        .contains("(expected: ")
        .endsWith("as it is");
    assertThat(failure.isNonRetryable()).isEqualTo(type == FailureType.CONFIG_INVALID);
  }

  @Test
  void of_aQuota_saysWhereToAskForMore() {
    assertThat(
            Ec2Errors.of("CreateFleet", "VcpuLimitExceeded", "limit of 8", null, 0, List.of())
                .getOriginalMessage())
        .contains("ask for more in Service Quotas");
  }

  @Test
  void of_noCredentials_saysWhichPolicy() {
    ApplicationFailure failure =
        Ec2Errors.of(
            "DescribeInstances",
            SdkClientException.create("Unable to load credentials from any of the providers"));
    assertThat(Failures.typeOf(failure)).contains(FailureType.CONFIG_INVALID);
    assertThat(failure.getOriginalMessage()).contains("the policy is in infra/docs/aws.md");
  }

  @Test
  void of_aTimeout_isAwsUnavailable() {
    assertThat(Failures.typeOf(Ec2Errors.of("X", ApiCallTimeoutException.create(1))))
        .contains(FailureType.AWS_UNAVAILABLE);
  }

  @Test
  void of_aShortage_namesWhatHadNone() {
    List<Offering> short_ = List.of(new Offering("g5.xlarge", "us-east-1a"));
    assertThat(
            Ec2Errors.of("CreateFleet", "InsufficientInstanceCapacity", "none", null, 0, short_)
                .getDetails()
                .get(Shortage.class)
                .offerings())
        .isEqualTo(short_);
  }
}
