package io.millrace.infra.cli;

import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.infra.worker.Wiring;
import io.millrace.workflows.ref.Checks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    description = "Write a version as one signed archive that serves it with no network.")
final class ExportCommand extends CliCommand {
  private static final Pattern VERSION = Pattern.compile("(.+)@([1-9]\\d{0,8})");

  @Parameters(paramLabel = "NAME@N", description = "Such as car-loan@2.")
  String version = "";

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      required = true,
      description = "The archive, a tar.gz; replaced when it is there.")
  Path file = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "REF",
      description =
          "secret:env:NAME or secret:file:/path of an Ed25519 private key (PKCS#8 PEM); this"
              + " machine's own when left out.")
  @Nullable String key;

  @Override
  public Integer call() {
    Matcher named = VERSION.matcher(version);
    if (!named.matches()) {
      throw CliFailure.bad("NAME@N: " + version + " (expected: a version such as car-loan@2)");
    }
    String model = Checks.name("NAME", named.group(1));
    VersionEntry entry =
        new Models(session().store())
            .version(model, Integer.parseInt(named.group(2)))
            .orElseThrow(
                () -> CliFailure.bad("NAME@N: " + version + " (expected: a registered version)"));
    EdgeBundles.Written written =
        Wiring.bundles(session().config(), session().store())
            .write(
                new EdgeBundles.Version(entry.version(), entry.prefix(), entry.digest()),
                file,
                key,
                this::progress);
    result(json(written), text(written));
    return ExitCode.OK;
  }

  private Map<String, Object> json(EdgeBundles.Written written) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("version", version);
    object.put("bundle", written.file().toString());
    object.put("sizeBytes", written.sizeBytes());
    object.put("sha256", written.sha256());
    object.put("files", written.manifest().files().size());
    object.put("platform", written.manifest().platform());
    object.put("runtime", written.manifest().runtime());
    object.put("key", written.key());
    object.put("publicKey", written.publicKey());
    return object;
  }

  private String text(EdgeBundles.Written written) {
    return """
    %s is in %s
      size       %.1f MB, %d files, %s, runtime %s
      sha256     %s
      signed by  %s
      serve      tar xzf %s && %s-%d/bin/serve\
    """
        .formatted(
            version,
            written.file(),
            written.sizeBytes() / 1e6,
            written.manifest().files().size(),
            written.manifest().platform(),
            written.manifest().runtime(),
            written.sha256(),
            written.key(),
            written.file().getFileName(),
            written.manifest().model(),
            written.manifest().version());
  }
}
