package io.millrace.infra.it;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.secret.Secrets;
import io.millrace.workflows.spec.TargetSpec;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * On functions in containers, whose alias splits the requests; LocalStack tells them by host. As
 * many requests are under way at once as each version has warm instances: one more would have
 * LocalStack, as AWS, start another, and a start takes all of this machine's processors.
 */
class LambdaRolloutIT extends RolloutScenarios {
  private static final int AT_ONCE = 4;

  private static LambdaEmulator emulator;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  @Override
  TargetSpec target() {
    return new TargetSpec(
        null,
        new TargetSpec.Lambda(
            "1024MB", Duration.ofSeconds(20), "zip", AT_ONCE, null, "off", "iam", null, null),
        null,
        null,
        null,
        null);
  }

  @Override
  LocalMachine machine(Path home) {
    String bucket = emulator.bucket();
    return new LocalMachine(
        home,
        Map.of(
            "MILLRACE_STORE_URI", "s3://" + bucket + "/team",
            "AWS_ENDPOINT_URL", emulator.aws().endpoint().toString(),
            "AWS_ACCESS_KEY_ID", "test",
            "AWS_SECRET_ACCESS_KEY", "test",
            "AWS_REGION", "us-east-1"),
        () -> emulator.store(bucket));
  }

  @Override
  ConstantLoad load() {
    return new ConstantLoad(
        URI.create(emulator.aws().functionUrls() + "/invocations"),
        Map.of("Host", URI.create(url()).getAuthority()),
        RATE,
        AT_ONCE,
        RolloutFixture::row);
  }

  @Override
  void remove(Endpoint endpoint) {
    new LambdaTarget(
            machine().store(),
            machine().config().scratch(),
            new Secrets(Map.of()),
            LambdaSettings.defaults(),
            (of, version, registry) -> "none",
            emulator::clients)
        .remove(endpoint);
  }
}
