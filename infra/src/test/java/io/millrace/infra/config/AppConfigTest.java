package io.millrace.infra.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.query.AthenaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppConfigTest {
  @TempDir Path home;

  @Test
  void from_nothing_fillsEveryDefault() {
    AppConfig config = AppConfig.from(Map.of("HOME", "/home/ada"));
    assertThat(config.home()).isEqualTo(Path.of("/home/ada/.millrace"));
    assertThat(config.storeUri()).isEqualTo("file:/home/ada/.millrace/store");
    assertThat(config.temporal()).isEqualTo(new AppConfig.TemporalConfig(7233, 8233, null, false));
    assertThat(config.worker()).isEqualTo(new AppConfig.WorkerConfig(9464, "1g"));
    assertThat(config.trainer()).isEqualTo(new AppConfig.TrainerConfig("1g", "512m"));
    assertThat(config.uiUrl()).hasToString("http://127.0.0.1:8233");
  }

  @Test
  void from_queryEngine_takesAthenaOverAStoreOnS3_andNamesWhatIsWrong() {
    assertThat(AppConfig.from(Map.of("MILLRACE_HOME", home.toString())).query().athena()).isNull();
    AppConfig config =
        AppConfig.from(
            Map.of(
                "MILLRACE_HOME", home.toString(),
                "MILLRACE_STORE_URI", "s3://bucket/prefix",
                "MILLRACE_QUERY_ENGINE", "athena",
                "MILLRACE_ATHENA_DATABASE", "millrace",
                "MILLRACE_ATHENA_OUTPUT", "s3://bucket/answers/",
                "MILLRACE_ATHENA_TIMEOUT", "PT2M"));
    assertThat(config.query().athena())
        .isEqualTo(
            new AthenaSettings(
                "primary",
                "AwsDataCatalog",
                "millrace",
                "s3://bucket/answers/",
                Duration.ofMinutes(2)));
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME", home.toString(),
                        "MILLRACE_QUERY_ENGINE", "athena",
                        "MILLRACE_ATHENA_TIMEOUT", "soon")))
        .hasMessageContaining("store.uri: file:")
        .hasMessageContaining("(expected: s3://…, as query.engine is athena)")
        .hasMessageContaining("athena.timeout: soon (expected: a duration such as PT10M)")
        .hasMessageContaining("athena.database:  (expected: lower case, digits and _)");
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of("MILLRACE_HOME", home.toString(), "MILLRACE_QUERY_ENGINE", "presto")))
        .hasMessageContaining("query.engine: presto (expected: duckdb or athena)");
  }

  @Test
  void from_lambdaSettings_takesReferencesOnlyAndNamesWhatIsWrong() {
    AppConfig config =
        AppConfig.from(
            Map.of(
                "MILLRACE_HOME", home.toString(),
                "MILLRACE_LAMBDA_KEYS", "secret:env:A, secret:file:/b",
                "MILLRACE_LAMBDA_ALARM_TOPIC", "arn:aws:sns:eu-west-1:1:alarms",
                "MILLRACE_LAMBDA_LOG_RETENTION_DAYS", "90"));
    assertThat(config.lambda().keys()).containsExactly("secret:env:A", "secret:file:/b");
    assertThat(config.lambda().alarmTopic()).isEqualTo("arn:aws:sns:eu-west-1:1:alarms");
    assertThat(config.lambda().logRetentionDays()).isEqualTo(90);
    assertThat(config.lambda().permissionsBoundary()).isNull();
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME", home.toString(),
                        "MILLRACE_LAMBDA_KEYS", "mr_thekeyitself",
                        "MILLRACE_LAMBDA_ALARM_TOPIC", "alarms",
                        "MILLRACE_LAMBDA_LOG_RETENTION_DAYS", "31")))
        .hasMessageContaining("lambda.log-retention-days: 31 (expected: days that")
        .hasMessageContaining("lambda.alarm-topic: alarms (expected: an ARN)")
        .hasMessageContaining("lambda.keys: (expected: references")
        .hasMessageNotContaining("mr_thekeyitself");
  }

  @Test
  void from_ec2Settings_handsOnWhatNodesNeed_andReportsEveryProblem() {
    AppConfig config =
        AppConfig.from(
            Map.of(
                "MILLRACE_HOME", home.toString(),
                "MILLRACE_EC2_IMAGE", "ami-1",
                "MILLRACE_EC2_SUBNETS", "subnet-a, subnet-b",
                "MILLRACE_EC2_ON_DEMAND_PRICES", "g5.xlarge=1.006",
                "MILLRACE_EC2_ENVIRONMENT", "TEMPORAL_ADDRESS=t:7233",
                "TEMPORAL_ADDRESS", "127.0.0.1:7233",
                "AWS_REGION", "eu-west-1",
                "AWS_SECRET_ACCESS_KEY", "not for nodes"));
    ComputeConfig.Ec2 ec2 = config.compute().ec2();
    assertThat(ec2.subnets()).containsExactly("subnet-a", "subnet-b");
    assertThat(ec2.onDemandPrices()).containsExactly(Map.entry("g5.xlarge", 1.006));
    assertThat(ec2.environment())
        .containsOnly(
            Map.entry("TEMPORAL_ADDRESS", "t:7233"), Map.entry("AWS_REGION", "eu-west-1"));
    assertThat(config.compute().docker()).isNull();
    assertThat(AppConfig.from(Map.of("MILLRACE_HOME", home.toString())).compute().ec2()).isNull();
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME", home.toString(),
                        "MILLRACE_EC2_IMAGE", "ami-1",
                        "MILLRACE_EC2_POLL", "often",
                        "MILLRACE_EC2_HEAP", "lots",
                        "MILLRACE_EC2_VOLUME_GIGABYTES", "-1",
                        "MILLRACE_EC2_SETUP", "/nowhere",
                        "MILLRACE_EC2_ON_DEMAND_PRICES", "g5.xlarge")))
        .hasMessageContaining("ec2.poll: often (expected: a duration such as PT5S, > 0)")
        .hasMessageContaining("ec2.heap: lots (expected: such as 512m or 2g)")
        .hasMessageContaining("ec2.volume-gigabytes: -1 (expected: 1 to 99999)")
        .hasMessageContaining("ec2.setup: /nowhere (expected: a file of shell lines)")
        .hasMessageContaining("ec2.on-demand-prices: g5.xlarge (expected: name=value");
  }

  @Test
  void from_environmentAndFile_prefersTheEnvironment() throws IOException {
    Files.writeString(
        home.resolve("millrace.properties"), "temporal.port=7300\nstore.uri=s3://bucket/p\n");
    AppConfig config =
        AppConfig.from(Map.of("MILLRACE_HOME", home.toString(), "MILLRACE_TEMPORAL_PORT", "7400"));
    assertThat(config.temporal().port()).isEqualTo(7400);
    assertThat(config.storeUri()).isEqualTo("s3://bucket/p");
    assertThat(config.database()).isEqualTo(home.resolve("temporal.db"));
  }

  @Test
  void from_badSettings_reportsAllOfThemTogether() {
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME", home.toString(),
                        "MILLRACE_STOREURI", "x",
                        "MILLRACE_STORE_URI", "ftp://x",
                        "MILLRACE_WORKER_HEAP", "lots",
                        "MILLRACE_TEMPORAL_PORT", "99999")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MILLRACE_STOREURI: x (expected: one of approval.key, approval.url")
        .hasMessageContaining("store.uri: ftp://x (expected: file:/… or s3://bucket/prefix)")
        .hasMessageContaining("worker.heap: lots (expected: such as 512m or 2g)")
        .hasMessageContaining("temporal.port: 99999 (expected: a port, 0 to 65535)");
  }

  @Test
  void from_approvalSettings_wantsBothAndShowsNoSecret() {
    String home = this.home.toString();
    ApprovalConfig approval =
        AppConfig.from(
                Map.of(
                    "MILLRACE_HOME", home,
                    "MILLRACE_APPROVAL_URL", "https://approve.example.com/",
                    "MILLRACE_APPROVAL_KEY", "secret:env:LINKS"))
            .approval();
    assertThat(approval)
        .isEqualTo(
            new ApprovalConfig(
                java.net.URI.create("https://approve.example.com/"), "secret:env:LINKS"));
    assertThat(AppConfig.from(Map.of("MILLRACE_HOME", home)).approval()).isNull();
    assertThatThrownBy(
            () ->
                AppConfig.from(
                    Map.of(
                        "MILLRACE_HOME", home,
                        "MILLRACE_APPROVAL_URL", "approve.example.com?x=1",
                        "MILLRACE_APPROVAL_KEY", "hunter2hunter2")))
        .hasMessageContaining("approval.key: 14 characters (expected: a reference such as")
        .hasMessageContaining(
            "approval.url: approve.example.com?x=1 (expected: an http(s) URL without a query)")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void from_aFileWithAnUnknownKey_namesTheFileAndTheKey() throws IOException {
    Files.writeString(home.resolve("millrace.properties"), "stor.uri=x\n");
    assertThatThrownBy(() -> AppConfig.from(Map.of("MILLRACE_HOME", home.toString())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "millrace.properties: stor.uri (expected: one of approval.key, approval.url");
  }
}
