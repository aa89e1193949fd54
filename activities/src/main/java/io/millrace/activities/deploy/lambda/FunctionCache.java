package io.millrace.activities.deploy.lambda;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import io.millrace.activities.gate.TargetMeter.TargetUnmeasured;
import io.millrace.activities.image.ModelImage;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.PackageFiles;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM's cache of loaded and linked classes (JEP 483, 514) in images of functions: a start with
 * it takes a third of the time. It holds for a base and a class path, whatever the model; the first
 * image of these is rehearsed in this machine's Docker: it answers some calls and ends in order.
 *
 * <p>No two rehearsals give the same bytes, so they are kept in the store, and the first to be
 * there holds: every worker makes the same image, and so does a repeat. Where there was no Docker,
 * or the rehearsal failed, an empty object says so, and images go without; whoever deletes the
 * object has it tried again. Thread-safe.
 */
public final class FunctionCache {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionCache.class);

  /** Where the start script looks for it. */
  static final String PLACE = "/var/task/app.aot";

  private static final String MADE = "/tmp/app.aot";
  private static final String LABEL = "io.millrace.rehearsal";
  private static final int MEGABYTES = 1024;
  private static final int CALLS = 20;
  private static final Duration QUICK = Duration.ofSeconds(20);

  /** The JVM writes the cache as it ends. */
  private static final Duration ENDING = Duration.ofSeconds(120);

  /**
   * Ends the runtime, not the emulator, and waits for its processes: the last of them writes. The
   * script names java too, but does not begin with it.
   */
  private static final String END =
      """
      java() { case $(tr '\\0' ' ' 2>/dev/null < "$1"/cmdline) in java*|/*/bin/java*) return 0;; esac; return 1; }
      for p in /proc/[0-9]*; do java "$p" && kill -TERM "${p#/proc/}"; done
      left=1
      while [ "$left" = 1 ]; do
        left=0
        for p in /proc/[0-9]*; do java "$p" && left=1; done
        sleep 0.2
      done
      """;

  private final ObjectStore store;
  private final ModelImages images;
  private final Supplier<DockerClient> docker;
  private final Path folder;

  /**
   * @param docker asked for when a cache is made
   * @param scratch caches are kept there; may be emptied at any time
   */
  public FunctionCache(
      ObjectStore store, ModelImages images, Supplier<DockerClient> docker, Path scratch) {
    this.store = store;
    this.images = images;
    this.docker = docker;
    this.folder = scratch.toAbsolutePath().resolve("images").resolve("caches");
  }

  /** The image with its cache, or as it is. */
  public synchronized ModelImage with(ModelImage plain) {
    String runtime = images.runtime(plain);
    String key = "caches/functions/" + runtime + ".aot";
    Path file = folder.resolve(runtime + ".aot");
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(folder);
        if (store.sizeBytes(key).isEmpty()) {
          store.create(key, rehearsed(plain));
        }
        store.fetch(key, file);
      }
      return Files.size(file) == 0 ? plain : plain.withFile(PLACE, file);
    } catch (IOException e) {
      throw new UncheckedIOException("scratch: " + folder + " (expected: writable)", e);
    }
  }

  /** Empty when it cannot be had: a start without it is slower, and not wrong. */
  private byte[] rehearsed(ModelImage plain) {
    // not the deployed version's image, whose containers may run: this one is removed
    ModelImage image =
        plain.withEnvironment(Map.of("MILLRACE_ENDPOINT", plain.version().name() + "-rehearsal"));
    try {
      String reference = images.toDocker(image).reference();
      try (HttpClient http =
              HttpClient.newBuilder()
                  .version(HttpClient.Version.HTTP_1_1)
                  .connectTimeout(Duration.ofSeconds(5))
                  .build();
          EmulatedFunction function =
              EmulatedFunction.start(
                  docker.get(),
                  http,
                  reference,
                  MEGABYTES,
                  List.of("MILLRACE_AOT_TRAINING=" + MADE),
                  Map.of(LABEL, "true"))) {
        return made(function, event(plain.packageDir()));
      } finally {
        docker.get().removeImageCmd(reference).withForce(true).exec();
      }
    } catch (ApplicationFailure | TargetUnmeasured | DockerException | IOException e) {
      if (Thread.currentThread().isInterrupted() && e instanceof ApplicationFailure ends) {
        throw ends; // the worker ends: another one rehearses
      }
      LOG.warn(
          "functions start without a cache of their classes, which takes longer: {} (expected:"
              + " Docker on the worker that makes the first image)",
          e instanceof ApplicationFailure failure ? failure.getOriginalMessage() : e.getMessage());
      return new byte[0];
    }
  }

  private static byte[] made(EmulatedFunction function, byte[] event)
      throws TargetUnmeasured, IOException {
    for (int i = 0; i < CALLS; i++) {
      function.send(event);
    }
    function.output(ENDING, "sh", "-c", END);
    byte[] cache = function.output(QUICK, "cat", MADE);
    if (cache.length == 0) {
      throw new IOException("the function's JVM wrote no cache as it ended");
    }
    return cache;
  }

  /** As a function's URL calls it, with a row of which nothing is known: every model takes it. */
  private static byte[] event(Path packageDir) throws IOException {
    ObjectNode body = PayloadJson.mapper().createObjectNode();
    ObjectNode row = body.putArray("instances").addObject();
    for (Feature feature :
        ManifestJson.read(Files.readAllBytes(packageDir.resolve(PackageFiles.MANIFEST)))
            .features()) {
      if (feature.kind() == Feature.Kind.NUMBER && feature.min() != null) {
        row.put(feature.name(), feature.min());
      } else {
        row.putNull(feature.name());
      }
    }
    ObjectNode event = PayloadJson.mapper().createObjectNode();
    event.put("version", "2.0").put("rawPath", "/invocations").put("isBase64Encoded", false);
    event.putObject("headers").put("content-type", "application/json");
    ObjectNode context = event.putObject("requestContext").put("requestId", "rehearsal");
    context.putObject("http").put("method", "POST").put("path", "/invocations");
    event.put("body", body.toString());
    return event.toString().getBytes(StandardCharsets.UTF_8);
  }
}
