package io.millrace.infra.market;

import io.millrace.activities.compute.LocalProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The machine behind an instance: its user data, run by a shell in a process group of its own, and
 * a metadata service. The processes of its group are its whole life.
 */
final class PlayedInstance implements AutoCloseable {
  private final String id;
  private final String key;
  private final Path log;
  private final MetadataService metadata;
  private final Process process;
  private @Nullable Instant workingSince;
  private @Nullable Instant noticed;
  private @Nullable Instant ends;
  private boolean rebalanced;
  private boolean stopping;
  private MarketScript.@Nullable Fate fate;

  /**
   * @param userData the script
   * @param environment what the machine has: credentials, caches; never printed
   */
  PlayedInstance(
      String id, String key, String userData, Map<String, String> environment, Path folder)
      throws IOException {
    this.id = id;
    this.key = key;
    this.log = folder.resolve(id + ".log");
    this.metadata = new MetadataService(id);
    Files.createDirectories(folder);
    Path script = folder.resolve(id + ".sh");
    Files.writeString(script, userData);
    Map<String, String> all = new HashMap<>(environment);
    // the script shuts no machine down where this is set
    all.put("MILLRACE_MARKET", "true");
    all.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint().toString());
    this.process = LocalProcess.start(List.of("/bin/sh", script.toString()), all, log);
  }

  String id() {
    return id;
  }

  String key() {
    return key;
  }

  Path log() {
    return log;
  }

  /** How it ended by itself; empty while it runs. */
  OptionalInt ended() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  @Nullable Instant workingSince() {
    return workingSince;
  }

  void work(Instant now, MarketScript.@Nullable Fate whatComes) {
    workingSince = now;
    fate = whatComes;
  }

  MarketScript.@Nullable Fate fate() {
    return fate;
  }

  @Nullable Instant ends() {
    return ends;
  }

  @Nullable Instant noticed() {
    return noticed;
  }

  boolean rebalanced() {
    return rebalanced;
  }

  void notice(Instant now, Duration lead) {
    noticed = now;
    ends = now.plus(lead);
    metadata.notice(now.plus(lead));
  }

  void rebalance(Instant now) {
    rebalanced = true;
    metadata.rebalance(now);
  }

  /** As when the API terminates it: asked, and killed a while later. */
  void stop(Duration grace) {
    if (!stopping) {
      stopping = true;
      signal("TERM");
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                    kill();
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
  }

  /** The power goes. */
  void kill() {
    signal("KILL");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("/bin/kill", "-" + name, "--", "-" + process.pid())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(5, TimeUnit.SECONDS);
    } catch (IOException e) {
      // no such program: its children at least
      process.toHandle().descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
    metadata.close();
  }
}
