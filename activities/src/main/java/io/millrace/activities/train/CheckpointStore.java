package io.millrace.activities.train;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trial's checkpoints in the store: {@code
 * runs/<runId>/checkpoints/trial-<digest>/<step>/{<sha256>.bin, manifest.json}}. The content is
 * written first, read back and compared, then the manifest is created: a step without a manifest
 * does not exist. The folder's digest is of the request without its run, so a retry, a resumed run
 * and a successor run find it, and a changed request does not. Nor is it of where the trial pauses.
 * Not thread-safe.
 */
final class CheckpointStore implements Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String MANIFEST = "/manifest.json";
  private static final Pattern STEP = Pattern.compile("/(\\d{12})/manifest\\.json$");
  private static final Pattern FOLDER = Pattern.compile("/(\\d{12})/[^/]+$");

  private final ObjectStore store;
  private final List<String> prefixes;
  private final int keep;

  /** Keys by step; null before the first save. */
  private @Nullable TreeMap<Long, List<String>> there;

  /**
   * @param request its run and {@code resumeFrom} say where to look; new ones go to the run's
   */
  CheckpointStore(ObjectStore store, TrialRequest request) {
    this(store, request, request.checkpoint().keep());
  }

  CheckpointStore(ObjectStore store, TrialRequest request, int keep) {
    this.store = store;
    this.keep = Math.max(1, keep);
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
    prune(checkpoint, List.of(folder + MANIFEST, blob));
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

  /** Takes no part in whether the state is kept: it is durable by now. */
  private void prune(Checkpoint newest, List<String> keys) {
    try {
      there().put(newest.step(), keys);
      // what is ahead was passed over as damaged, or is another attempt's: no reason to drop this
      NavigableMap<Long, List<String>> upToNow = there().headMap(newest.step(), true);
      Set<Long> kept =
          upToNow.descendingMap().entrySet().stream()
              .filter(step -> step.getValue().stream().anyMatch(key -> key.endsWith(MANIFEST)))
              .limit(keep)
              .map(Map.Entry::getKey)
              .collect(Collectors.toCollection(HashSet::new));
      kept.add(newest.bestStep());
      new TreeMap<>(upToNow)
          .forEach(
              (step, old) -> {
                if (!kept.contains(step)) {
                  // the manifest first: a content without one is nothing, the reverse is damage
                  old.stream()
                      .sorted(Comparator.comparing(key -> !key.endsWith(MANIFEST)))
                      .forEach(store::delete);
                  upToNow.remove(step);
                }
              });
    } catch (RuntimeException e) {
      LOG.warn(
          "old checkpoints of {} are left: {}",
          store.location(prefixes.getFirst()),
          e.getMessage());
    }
  }

  /** What the own run's folder holds, asked once: a listing is slow and costs money on S3. */
  private TreeMap<Long, List<String>> there() {
    if (there == null) {
      there = new TreeMap<>();
      for (String key : store.list(prefixes.getFirst())) {
        Matcher folder = FOLDER.matcher(key);
        if (folder.find()) {
          there
              .computeIfAbsent(Long.parseLong(folder.group(1)), step -> new ArrayList<>())
              .add(key);
        }
      }
    }
    return there;
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
