package io.millrace.inference.server;

import io.millrace.inference.log.LogSink;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.trace.OtlpTraces;
import io.millrace.inference.trace.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server of the one package that lies in a folder: one version, with all of the traffic. */
public final class PackageServer {
  private PackageServer() {}

  /**
   * A server that is not started yet.
   *
   * @param environment as {@link ContainerSettings} reads it, but for the log
   * @param sink of the prediction log
   * @throws IllegalArgumentException for a wrong setting, with every problem
   * @throws PackageInvalid when the folder holds no package, or another one than was meant
   */
  public static ModelServer open(Map<String, String> environment, LogSink sink) {
    return open(ContainerSettings.from(environment), sink);
  }

  /**
   * @throws PackageInvalid when the folder holds no package, or another one than was meant
   */
  static ModelServer open(ContainerSettings settings, LogSink sink) {
    Path dir = settings.modelDir();
    String digest = PackageFiles.digest(dir);
    if (!settings.digest().isEmpty() && !settings.digest().equals(digest)) {
      throw new PackageInvalid(
          "package: digest " + digest + " (expected: " + settings.digest() + ")");
    }
    String model = manifest(dir).model();
    String endpoint = settings.endpoint().isEmpty() ? model : settings.endpoint();
    DesiredState state =
        new DesiredState(
            1, endpoint, List.of(new DesiredState.Version(settings.version(), "", digest, 1)));
    Traces traces =
        settings.otlp() == null
            ? Traces.OFF
            : new OtlpTraces(
                settings.otlp(), settings.otlpHeaders(), endpoint, settings.traceShare());
    return new ModelServer(
        settings.config(endpoint).withTraces(traces),
        () -> Optional.of(state),
        (prefix, wanted) -> dir,
        sink);
  }

  private static ModelManifest manifest(Path dir) {
    try {
      return ManifestJson.read(Files.readAllBytes(dir.resolve(PackageFiles.MANIFEST)));
    } catch (IOException e) {
      throw new PackageInvalid(
          dir.resolve(PackageFiles.MANIFEST) + ": cannot be read (expected: a package)", e);
    }
  }
}
