package io.millrace.infra.it;

import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** The contract over real functions in containers, on LocalStack. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LambdaTargetContractIT extends TargetContract {
  private static LambdaEmulator emulator;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  private LambdaEndpoint endpoint() {
    return new LambdaEndpoint(emulator, store(), scratch());
  }

  @Override
  protected Target target() {
    return endpoint().target();
  }

  @Override
  protected TargetSpec settings() {
    return LambdaEndpoint.IAM;
  }

  @Override
  protected ObjectStore openStore(Path folder) {
    return emulator.store(emulator.bucket());
  }

  /** A part is due every five seconds, and is written by the next call. */
  @Override
  protected Duration lag() {
    return Duration.ofSeconds(20);
  }

  @Override
  protected Scored ask(String url) throws IOException {
    return endpoint().ask(url);
  }

  @Override
  protected List<String> leftovers(String name) {
    return endpoint().leftovers();
  }
}
