package io.millrace.infra.it;

import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.TargetContract;
import io.millrace.activities.deploy.bundle.BundleTarget;
import io.millrace.activities.secret.Secrets;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract over real archives: whoever asks fetches what lies at the path, unpacks it and asks
 * its own server. Nobody tells the target what was answered there.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class BundleTargetContractIT extends TargetContract {
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  /** The Java runtime and the start-up cache are made once. */
  @TempDir static Path kept;

  @TempDir Path folder;
  private UnpackedBundles edge;

  @BeforeEach
  void open() {
    edge = new UnpackedBundles(folder.resolve("edge"));
  }

  @AfterEach
  void close() {
    edge.close();
  }

  @Override
  protected Target target() {
    return new BundleTarget(
        new EdgeBundles(
            store(), kept.resolve("scratch"), new Secrets(Map.of()), kept.resolve("keys")));
  }

  @Override
  protected TargetSpec settings() {
    return new TargetSpec(
        null,
        null,
        null,
        null,
        null,
        new TargetSpec.Bundle(folder.resolve("out/credit.tar.gz").toString(), null));
  }

  @Override
  protected List<String> leftovers(String endpoint) {
    if (!Files.isDirectory(folder.resolve("out"))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  @Override
  protected Scored ask(String url) throws IOException {
    return edge.ask(Path.of(URI.create(url)), ROW);
  }

  @Override
  protected boolean counts() {
    return false;
  }
}
