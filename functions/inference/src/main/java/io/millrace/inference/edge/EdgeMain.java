package io.millrace.inference.edge;

import io.millrace.inference.log.LogSinks;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.server.ContainerMain;
import io.millrace.inference.server.ModelServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle's process: {@code BUNDLE serve}, {@code ship} (once, what waits in the spool) or {@code
 * verify}. The bundle is verified before anything of it is used. Ends with 2 for bad settings, 1
 * when the bundle or the store is not as expected; SIGTERM drains a server.
 */
public final class EdgeMain {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeMain.class);

  private EdgeMain() {}

  public static void main(String[] args) throws InterruptedException {
    try {
      System.exit(run(args, System.getenv()));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (RuntimeException | IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Strong, or the level would be forgotten. Helidon tells of each socket. */
  private static final java.util.logging.Logger HELIDON =
      java.util.logging.Logger.getLogger("io.helidon");

  private static int run(String[] args, Map<String, String> environment)
      throws IOException, InterruptedException {
    String command = args.length == 2 ? args[1] : "";
    if (!List.of("serve", "ship", "verify", "rehearse").contains(command)) {
      throw new IllegalArgumentException(
          "arguments: " + String.join(" ", args) + " (expected: BUNDLE serve, ship or verify)");
    }
    HELIDON.setLevel(java.util.logging.Level.WARNING);
    Path dir = Path.of(args[0]);
    EdgeConfig config = EdgeConfig.from(environment, dir);
    BundleManifest manifest = new BundleFolder(dir).verify(trusted(config.trusted()));
    switch (command) {
      case "verify" ->
          System.out.println(
              manifest.model()
                  + "@"
                  + manifest.version()
                  + ": "
                  + manifest.files().size()
                  + " files as signed");
      case "ship" -> ship(config);
      case "rehearse" -> rehearse(config, manifest, dir);
      default -> serve(config, manifest, dir);
    }
    return 0;
  }

  private static @Nullable PublicKey trusted(@Nullable Path file) throws IOException {
    return file == null ? null : Signatures.publicKey(Files.readAllBytes(file));
  }

  private static void ship(EdgeConfig config) {
    if (config.store() == null) {
      throw new IllegalArgumentException(
          "MILLRACE_LOG_URI: not set (expected: file:/folder or s3://bucket/prefix)");
    }
    Spool spool = new Spool(config.spool(), config.spoolBytes());
    try (Shipment shipment = shipment(spool, config.store())) {
      Optional<Integer> shipped = shipment.ship();
      System.out.println(
          shipped.isEmpty()
              ? "another process ships now"
              : shipped.get()
                  + " objects shipped, "
                  + spool.droppedRows()
                  + " rows dropped before");
    }
  }

  private static Shipment shipment(Spool spool, String store) {
    return new Shipment(spool, LogSinks.open(store, System.getenv()));
  }

  private static void serve(EdgeConfig config, BundleManifest manifest, Path dir)
      throws InterruptedException {
    Spool spool = new Spool(config.spool(), config.spoolBytes());
    ModelServer server = server(config, manifest, dir, spool);
    @Nullable Shipment shipment =
        config.store() == null ? null : shipment(spool, config.store()).start();
    LOG.info(
        "{}@{} answers on {}:{}",
        manifest.model(),
        manifest.version(),
        config.host(),
        server.port());
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.stop(); // writes the rest of the log into the spool
                  if (shipment != null) {
                    shipment.close();
                  }
                  ended.countDown();
                },
                "drain"));
    ended.await();
  }

  /** Starts, answers, ends: what the start-up cache is made from. */
  private static void rehearse(EdgeConfig config, BundleManifest manifest, Path dir)
      throws IOException {
    Spool spool = new Spool(config.spool(), config.spoolBytes());
    ModelServer server = server(config, manifest, dir, spool);
    try {
      Rehearsal.run(
          server.port(),
          ManifestJson.read(
              Files.readAllBytes(
                  dir.resolve(BundleManifest.PACKAGE).resolve(PackageFiles.MANIFEST))));
    } finally {
      server.stop();
    }
  }

  /** The package server with the spool as its log; the bundle's settings are among its own. */
  private static ModelServer server(
      EdgeConfig config, BundleManifest manifest, Path dir, Spool spool) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.keySet().removeAll(EdgeConfig.OWN);
    environment.put("HOST", config.host());
    environment.put("PORT", Integer.toString(config.port()));
    environment.put("MILLRACE_MODEL_DIR", dir.resolve(BundleManifest.PACKAGE).toString());
    environment.put("MILLRACE_MODEL_DIGEST", manifest.digest());
    environment.put("MILLRACE_MODEL_VERSION", Integer.toString(manifest.version()));
    return ContainerMain.start(environment, spool);
  }
}
