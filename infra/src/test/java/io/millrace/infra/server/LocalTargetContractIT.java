package io.millrace.infra.server;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.compute.LocalProcess;
import io.millrace.activities.deploy.LocalTarget;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** The contract over the server's real process. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LocalTargetContractIT extends TargetContract {
  @Override
  protected Target target() {
    return new LocalTarget(
        store(),
        scratch(),
        new JavaLaunch(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            List.of(
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"),
            Map.of(),
            scratch().resolveSibling("logs")));
  }

  @Override
  protected TargetSpec settings() {
    return TargetSpec.local(0);
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    try {
      String id = Files.readString(scratch().resolve("servers").resolve(endpoint + ".pid")).strip();
      return LocalProcess.of(id).running().map(process -> "process " + id).stream().toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
