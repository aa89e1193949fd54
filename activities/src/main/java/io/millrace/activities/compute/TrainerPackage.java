package io.millrace.activities.compute;

import io.millrace.activities.dataset.Sha256;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's class path in the store, for nodes that have nothing but a JDK: {@code
 * trainers/jars/<sha256>/<name>}, shared by all builds, and {@code trainers/<digest>/manifest.json}
 * created last. Thread-safe; published once a process, at the first launch.
 */
public final class TrainerPackage {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerPackage.class);

  /** Uploads of hundreds of megabytes go on while a launch is told to come again. */
  private static final Duration WAIT = Duration.ofSeconds(40);

  /** Small jars are bound by the round trip, so a few at a time. */
  private static final int AT_ONCE = 6;

  /** Longer than any boot, shorter than any credentials' life. */
  private static final Duration LINK = Duration.ofHours(1);

  private final ObjectStore store;
  private final String classPath;
  private final Path scratch;
  private final String list = "trainers/lists/" + UUID.randomUUID() + ".txt";
  private @Nullable CompletableFuture<Published> publishing;
  private @Nullable Listed listed;
  private Instant renew = Instant.MIN;

  /**
   * @param classPath files and folders; what is not there is left out
   * @param scratch folders are packed there
   */
  public TrainerPackage(ObjectStore store, String classPath, Path scratch) {
    this.store = store;
    this.classPath = classPath;
    this.scratch = scratch;
  }

  /** A file of the class path. */
  public record Jar(String sha256, String name, long sizeBytes) {}

  /**
   * @param digest of the lines {@code sha256 name}, in class path order
   */
  public record Published(String digest, List<Jar> jars) {}

  /**
   * @param link to lines {@code sha256 name url}, readable without credentials for an hour
   */
  record Listed(String digest, URI link) {}

  /** A list a node booting now can fetch by; renewed when half of its life is over. */
  synchronized Listed listed() {
    Published published = published();
    if (listed == null || !Instant.now().isBefore(renew)) {
      StringBuilder lines = new StringBuilder();
      for (Jar jar : published.jars()) {
        lines.append(line(jar, " " + store.link(key(jar), LINK)));
      }
      store.put(list, lines.toString().getBytes(StandardCharsets.UTF_8));
      listed = new Listed(published.digest(), store.link(list, LINK));
      renew = Instant.now().plus(LINK.dividedBy(2));
    }
    return listed;
  }

  /** Publishes what is not there yet. */
  public synchronized Published published() {
    if (publishing == null || publishing.isCompletedExceptionally()) {
      publishing = CompletableFuture.supplyAsync(this::publish, Thread::startVirtualThread);
    }
    try {
      return publishing.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE,
          "trainer: still being uploaded after "
              + WAIT.toSeconds()
              + " s (expected: to be done; it goes on and the next try finds it)");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw unreadable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "trainer: interrupted (expected: to be uploaded)");
    }
  }

  private Published publish() {
    long begun = System.nanoTime();
    try (var workers = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
      List<CompletableFuture<Jar>> each = new ArrayList<>();
      for (Path file : files()) {
        each.add(CompletableFuture.supplyAsync(() -> upload(file), workers));
      }
      List<Jar> jars = each.stream().map(CompletableFuture::join).toList();
      StringBuilder lines = new StringBuilder();
      jars.forEach(jar -> lines.append(line(jar, "")));
      String digest = PayloadJson.sha256(lines.toString());
      store.create(
          "trainers/" + digest + "/manifest.json",
          PayloadJson.mapper().writeValueAsBytes(Map.of("format", 1, "jars", jars)));
      LOG.info(
          "trainer {}: {} files, {} MB, published in {} s",
          digest.substring(0, 12),
          jars.size(),
          jars.stream().mapToLong(Jar::sizeBytes).sum() >> 20,
          Duration.ofNanos(System.nanoTime() - begun).toSeconds());
      return new Published(digest, jars);
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw unreadable(e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private Jar upload(Path file) {
    try {
      String name = file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
      Jar jar = new Jar(Sha256.of(file), name, Files.size(file));
      store.create(key(jar), file);
      return jar;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (entry.endsWith("*")) {
        try (Stream<Path> all = Files.list(path.getParent())) {
          files.addAll(all.filter(p -> p.toString().endsWith(".jar")).sorted().toList());
        }
      } else if (Files.isDirectory(path)) {
        files.add(packed(path, files.size()));
      } else if (Files.isRegularFile(path)) {
        files.add(path);
      }
    }
    if (files.isEmpty()) {
      throw new IOException("class path: " + classPath + " (expected: files)");
    }
    return files;
  }

  /** A folder as a jar; equal folders give equal bytes. */
  private Path packed(Path folder, int index) throws IOException {
    Path target = scratch.resolve("trainer").resolve("classes-" + index + ".jar");
    Files.createDirectories(target.getParent());
    Path part = Files.createTempFile(target.getParent(), "classes-", ".part");
    try (OutputStream out = Files.newOutputStream(part);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        ZipEntry entry = new ZipEntry(folder.relativize(file).toString().replace('\\', '/'));
        // any fixed time: the archive is addressed by its content
        entry.setTimeLocal(java.time.LocalDateTime.of(2000, 1, 1, 0, 0));
        zip.putNextEntry(entry);
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    return Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String key(Jar jar) {
    return "trainers/jars/" + jar.sha256() + "/" + jar.name();
  }

  private static String line(Jar jar, String rest) {
    return jar.sha256() + " " + jar.name() + rest + "\n";
  }

  private static RuntimeException unreadable(Exception e) {
    return Failures.of(
        FailureType.INVARIANT_BROKEN,
        e,
        "trainer: its class path cannot be read (expected: readable): " + e.getMessage());
  }
}
