package io.millrace.infra.cli;

import io.millrace.activities.bundle.BundleArchive;
import io.millrace.inference.edge.BundleInvalid;
import io.millrace.inference.edge.PublicKeys;
import io.millrace.inference.edge.Signatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "bundle",
    description = "Verify an exported bundle, or unpack one that was found sound.")
final class BundleCommand extends CliCommand {
  enum Action {
    verify,
    unpack
  }

  @Parameters(index = "0", paramLabel = "ACTION", description = "${COMPLETION-CANDIDATES}")
  Action action = Action.verify;

  @Parameters(index = "1", paramLabel = "FILE", description = "The archive.")
  Path file = Path.of("");

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "DIR",
      description = "Where to unpack; this folder when left out.")
  Path into = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description =
          "PEM of the public key that must have signed. Without it the bundle's own key is used:"
              + " that finds damage, not a forger.")
  @Nullable Path key;

  @Override
  public Integer call() {
    if (!Files.isRegularFile(file)) {
      throw CliFailure.bad("FILE: " + file + " (expected: a bundle)");
    }
    PublicKey trusted = trusted();
    try {
      BundleArchive.Checked checked =
          action == Action.verify
              ? BundleArchive.verify(file, trusted)
              : BundleArchive.unpack(file, trusted, into.toAbsolutePath().normalize());
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("bundle", file.toString());
      object.put("model", checked.manifest().model());
      object.put("version", checked.manifest().version());
      object.put("digest", checked.manifest().digest());
      object.put("files", checked.manifest().files().size());
      object.put("key", PublicKeys.fingerprint(checked.signer()));
      object.put("trusted", key != null);
      result(
          object,
          "%s: %s@%d, %d files as signed by %s%s"
              .formatted(
                  file,
                  checked.manifest().model(),
                  checked.manifest().version(),
                  checked.manifest().files().size(),
                  PublicKeys.fingerprint(checked.signer()),
                  key == null ? " (the bundle's own key: say --key to trust one)" : ""));
      return ExitCode.OK;
    } catch (BundleInvalid e) {
      throw new CliFailure(ExitCode.FAILED, file + ": " + e.getMessage(), e);
    }
  }

  private @Nullable PublicKey trusted() {
    try {
      return key == null ? null : Signatures.publicKey(Files.readAllBytes(key));
    } catch (IOException | BundleInvalid e) {
      throw CliFailure.bad("--key: " + key + " (expected: an Ed25519 public key as PEM)");
    }
  }
}
