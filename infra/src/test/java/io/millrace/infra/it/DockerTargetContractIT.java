package io.millrace.infra.it;

import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.workflows.spec.TargetSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract over real containers behind a real HAProxy. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DockerTargetContractIT extends TargetContract {
  @TempDir static Path kept;

  @Override
  protected Target target() {
    return DockerEndpoints.target(store(), scratch(), kept);
  }

  @Override
  protected TargetSpec settings() {
    return DockerEndpoints.SPEC;
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    return DockerEndpoints.of(endpoint, store(), scratch());
  }
}
