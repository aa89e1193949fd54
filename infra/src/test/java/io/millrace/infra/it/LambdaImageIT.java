package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.PackageType;

/** Functions made of images instead of archives, on LocalStack. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LambdaImageIT {
  private static final String NAME = LambdaEndpoint.NAME;
  private static final String FUNCTION = LambdaEndpoint.FUNCTION;
  private static final TargetSpec IMAGE = LambdaEndpoint.spec("image", 0, "iam");

  private static LambdaEmulator emulator;

  @TempDir Path scratch;
  private ObjectStore store;
  private LambdaEndpoint endpoint;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
    LambdaEndpoint.removeImages();
  }

  @BeforeEach
  void open() {
    store = emulator.store(emulator.bucket());
    endpoint = new LambdaEndpoint(emulator, store, scratch);
  }

  @AfterEach
  void remove() {
    new Endpoints(store).find(NAME).ifPresent(endpoint.target()::remove);
    store.close();
  }

  @Test
  void aFunctionAsAnImage_isPublishedSplitAndReplacedAsAnArchiveIs() throws Exception {
    endpoint.prepare(1, 0, IMAGE);
    String url = String.valueOf(endpoint.shift("first", Map.of(1, 1.0)).url());
    assertThat(endpoint.ask(url).score())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
    GetFunctionConfigurationResponse function =
        lambda().getFunctionConfiguration(r -> r.functionName(FUNCTION));
    assertThat(function.packageType()).isEqualTo(PackageType.IMAGE);
    assertThat(function.runtime()).isNull();
    endpoint.prepare(2, 2, IMAGE);
    endpoint.shift("half", Map.of(1, 0.5, 2, 0.5));
    Set<Integer> seen = new TreeSet<>();
    Instant end = Instant.now().plusSeconds(60);
    while (seen.size() < 2) {
      assertThat(Instant.now()).isBefore(end);
      Scored scored = endpoint.ask(url);
      assertThat(scored.score())
          .isCloseTo(
              TestPackages.expected(50, 1500.0, "berlin", scored.version() == 1 ? 0 : 2),
              within(1e-6));
      seen.add(scored.version());
    }
    assertThat(seen).containsExactly(1, 2);
    endpoint.shift("second", Map.of(2, 1.0));
    assertThat(endpoint.alias().functionVersion()).isEqualTo(endpoint.published(2));

    // what a function is made of cannot be changed on AWS: it is said, and nothing is
    assertThatThrownBy(() -> endpoint.prepare(3, 0, LambdaEndpoint.IAM))
        .hasMessageContaining("deployment.target.lambda.form: zip (expected: image")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  @Test
  void place_ofAnImageWithoutARegistry_isRefused() {
    Target target = endpoint.target(LambdaSettings.defaults());
    assertThatThrownBy(() -> target.place(NAME, IMAGE))
        .hasMessageContaining("deployment.target.lambda.registry: nothing (expected: a repository")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  private LambdaClient lambda() {
    return emulator.clients().lambda();
  }
}
