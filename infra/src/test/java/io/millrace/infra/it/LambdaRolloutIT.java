package io.millrace.infra.it;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.secret.Secrets;
import io.millrace.infra.it.ConstantLoad.Answer;
import io.millrace.workflows.spec.TargetSpec;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * On functions in containers, whose alias splits the requests; LocalStack tells them by host. Its
 * one door answers some tens of requests a second on two processors and starts a container for each
 * that waits: so four rows go in each request, and few are under way at once.
 */
class LambdaRolloutIT extends RolloutScenarios {
  private static final int ROWS = 4;
  private static final int AT_ONCE = 8;

  private static LambdaEmulator emulator;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  /** Two instances are kept warm: a start takes seconds, in which requests would wait. */
  @Override
  TargetSpec target() {
    return new TargetSpec(
        null,
        new TargetSpec.Lambda(
            "1024MB", Duration.ofSeconds(20), "zip", 2, null, "off", "iam", null, null),
        null,
        null,
        null,
        null);
  }

  @Override
  int samples() {
    return 40;
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

  /** LocalStack loses a call now and then when it ends an instance; Lambda lets it finish. */
  @Override
  boolean ofTheEmulator(Answer answer) {
    return answer.problem().contains("exception while calling lambda with unknown operation");
  }

  @Override
  ConstantLoad load() {
    return new ConstantLoad(
        URI.create(emulator.aws().endpoint() + "/invocations"),
        Map.of("Host", URI.create(url()).getAuthority()),
        RATE / ROWS,
        AT_ONCE,
        number -> rows(number, ROWS));
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
