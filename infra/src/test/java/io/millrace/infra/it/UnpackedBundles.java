package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.bundle.BundleArchive;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.deploy.ContractClient.Scored;
import io.millrace.inference.edge.BundleManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Serves whatever bundle lies at a path as somebody would who fetched it: unpacked, by its own
 * {@code bin/serve}. Not thread-safe.
 */
final class UnpackedBundles implements AutoCloseable {
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  /** By what was at the path. */
  private final Map<Object, String> urls = new HashMap<>();

  /**
   * @param folder that bundles are unpacked in
   */
  UnpackedBundles(Path folder) {
    this.folder = folder;
  }

  /** Posts a body to the bundle at a path. */
  Scored ask(Path archive, String body) throws IOException {
    BasicFileAttributes now = Files.readAttributes(archive, BasicFileAttributes.class);
    Object key = now.fileKey() + " " + now.lastModifiedTime();
    String url = urls.get(key);
    if (url == null) {
      url = serve(unpack(archive), Map.of());
      urls.put(key, url);
    }
    return ContractClient.ask(url, body);
  }

  /** The unpacked bundle. */
  Path unpack(Path archive) throws IOException {
    Path into = Files.createTempDirectory(Files.createDirectories(folder), "unpacked-");
    BundleManifest manifest = BundleArchive.unpack(archive, null, into).manifest();
    return into.resolve(manifest.model() + "-" + manifest.version());
  }

  /** Starts an unpacked bundle; it answers once this returns. @return its address */
  String serve(Path bundle, Map<String, String> settings) throws IOException {
    int port = free();
    ProcessBuilder builder =
        new ProcessBuilder(bundle.resolve("bin/serve").toString())
            .redirectErrorStream(true)
            .redirectOutput(bundle.resolveSibling("serve.log").toFile());
    builder.environment().putAll(settings);
    builder.environment().put("PORT", Integer.toString(port));
    Process process = builder.start();
    processes.add(process);
    String url = "http://127.0.0.1:" + port;
    LocalMachine.await(
        "an answer of " + bundle,
        Duration.ofMinutes(1),
        () -> {
          assertThat(process.isAlive()).as("%s runs", bundle).isTrue();
          return ready(port);
        });
    return url;
  }

  private static boolean ready(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Drains and ends every server; what they wrote stays. */
  void end() {
    processes.forEach(Process::destroy);
    for (Process process : processes) {
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    processes.clear();
    urls.clear();
  }

  /** Ends them, and nothing is left. */
  @Override
  public void close() {
    end();
    try {
      for (Path unpacked : entries()) {
        delete(unpacked);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> entries() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> listed = Files.list(folder)) {
      return listed.toList();
    }
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> walked = Files.walk(root)) {
      for (Path file : walked.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
