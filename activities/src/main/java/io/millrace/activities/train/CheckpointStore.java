package io.millrace.activities.train;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trial's checkpoints in the store: {@code
 * runs/<runId>/checkpoints/trial-<digest>/<step>/{<sha256>.bin, manifest.json}}. The content is
 * written first, read back and compared, then the manifest is created: a step without a manifest
 * does not exist. The folder's digest is of the request without its run, so a retry, a resumed run
 * and a successor run find it, and a changed request does not. Nor is it of where the trial pauses.
 */
final class CheckpointStore implements Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String MANIFEST = "/manifest.json";
  private static final Pattern STEP = Pattern.compile("/(\\d{12})/manifest\\.json$");

  private final ObjectStore store;
  private final List<String> prefixes;
  private final int keep;

  /**
   * @param request its run and {@code resumeFrom} say where to look; new ones go to the run's
   */
  CheckpointStore(ObjectStore store, TrialRequest request) {
    this.store = store;
    this.keep = Math.max(1, request.checkpoint().keep());
    String trial = "/checkpoints/trial-" + digest(request) + "/";
    String earlier = request.run().resumeFrom();
    String own = "runs/" + request.run().runId() + trial;
    this.prefixes = earlier == null ? List.of(own) : List.of(own, "runs/" + earlier + trial);
  }

  /**
   * @param sha256 of the content, which is at {@code <sha256>.bin} beside the manifest
   */
  record Manifest(int format, long step, int epoch, int batch, String sha256, long sizeBytes) {}

  /**
   * Hex SHA-256 of the request without its run and where it pauses: a trial that may go on does so
   * from the checkpoint it paused at.
   */
  static String digest(TrialRequest request) {
    Map<?, ?> fields = PayloadJson.mapper().convertValue(request, Map.class);
    Map<Object, Object> rest = new TreeMap<>(fields);
    rest.remove("run");
    rest.remove("stopAfter");
    return PayloadJson.digest(rest);
  }

  @Override
  public <T> Optional<Found<T>> newest(Reader<T> reader) {
    TreeMap<Long, String> byStep = new TreeMap<>();
    // of two runs' equal steps the own run's is taken: it is listed last
    for (String prefix : prefixes.reversed()) {
      for (String key : store.list(prefix)) {
        Matcher step = STEP.matcher(key);
        if (step.find()) {
          byStep.put(Long.parseLong(step.group(1)), key);
        }
      }
    }
    for (String key : byStep.descendingMap().values()) {
      Optional<T> state = read(key, reader);
      if (state.isPresent()) {
        return Optional.of(new Found<>(key, state.get()));
      }
      LOG.warn("checkpoint {} is damaged, the one before it is tried", store.location(key));
    }
    return Optional.empty();
  }

  /** As promised; then removes all but the newest {@code keep} and the best epoch's. */
  @Override
  public String save(Checkpoint checkpoint) {
    byte[] content = checkpoint.content();
    String sha256 = PayloadJson.sha256(content);
    String folder = prefixes.getFirst() + "%012d".formatted(checkpoint.step());
    String blob = folder + "/" + sha256 + ".bin";
    if (!store.create(blob, content) && !holds(blob, content)) {
      // what a torn disk left under this name is of no use to anyone
      store.put(blob, content);
    }
    if (!holds(blob, content)) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE,
          "checkpoint: " + store.location(blob) + " (expected: to read back as written)");
    }
    Manifest manifest =
        new Manifest(
            1, checkpoint.step(), checkpoint.epoch(), checkpoint.batch(), sha256, content.length);
    byte[] json = json(manifest);
    if (!store.create(folder + MANIFEST, json) && !holds(folder + MANIFEST, json)) {
      store.put(folder + MANIFEST, json);
    }
    prune(checkpoint.bestStep());
    return folder + MANIFEST;
  }

  private <T> Optional<T> read(String key, Reader<T> reader) {
    try {
      byte[] json = store.get(key).orElse(new byte[0]);
      Manifest manifest = PayloadJson.mapper().readValue(json, Manifest.class);
      String blob =
          key.substring(0, key.length() - MANIFEST.length()) + "/" + manifest.sha256() + ".bin";
      byte[] content = store.get(blob).orElse(new byte[0]);
      if (!PayloadJson.sha256(content).equals(manifest.sha256())) {
        return Optional.empty();
      }
      return Optional.ofNullable(reader.read(content));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private void prune(long bestStep) {
    TreeSet<Long> steps = new TreeSet<>();
    List<String> keys = store.list(prefixes.getFirst());
    for (String key : keys) {
      Matcher step = STEP.matcher(key);
      if (step.find()) {
        steps.add(Long.parseLong(step.group(1)));
      }
    }
    Set<Long> kept = new HashSet<>(steps.descendingSet().stream().limit(keep).toList());
    kept.add(bestStep);
    steps.removeAll(kept);
    for (long step : steps) {
      String folder = prefixes.getFirst() + "%012d".formatted(step);
      // the manifest first: a content without one is nothing, a manifest without content is damage
      store.delete(folder + MANIFEST);
      keys.stream()
          .filter(key -> key.startsWith(folder + "/") && !key.endsWith(MANIFEST))
          .forEach(store::delete);
    }
  }

  private boolean holds(String key, byte[] content) {
    return store.get(key).filter(there -> Arrays.equals(there, content)).isPresent();
  }

  private static byte[] json(Manifest manifest) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(manifest);
    } catch (IOException e) {
      throw new IllegalStateException("a manifest is plain values", e);
    }
  }
}
