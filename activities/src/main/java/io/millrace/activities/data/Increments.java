package io.millrace.activities.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Sha256;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far the source of a dataset has been read, {@code increments/<name>/<seq>.json}: an
 * append-only sequence. An entry is created after the version it names, and only as the next of the
 * one that was read from, so whatever is cut off is done again from the same place and nothing
 * twice.
 */
final class Increments {
  private final ObjectStore store;
  private final Datasets datasets;
  private final String name;

  Increments(ObjectStore store, Path folder, String name) {
    this.store = store;
    this.datasets = new Datasets(store, folder);
    this.name = name;
  }

  /**
   * @param dataset digest of the version with all rows so far
   * @param number whether marks are numbers of the source; else microseconds since 1970
   * @param mark the greatest value read so far
   * @param files what has been read of each, by name below the location
   * @param privacy what was hidden, to be hidden again
   * @param seen SHA-256 of the file of digests of rows near the mark; null for none
   */
  record State(
      String dataset,
      boolean number,
      double mark,
      Map<String, FileRead> files,
      List<PrivacyFinding> privacy,
      @Nullable String seen) {
    State {
      files = files == null ? Map.of() : Map.copyOf(files);
      privacy = Checks.list(privacy);
    }
  }

  /**
   * @param bytes from the beginning, unpacked
   * @param sha256 of them
   */
  record FileRead(long bytes, String sha256) {}

  /**
   * Where an ingest goes on from.
   *
   * @param seq of the entry
   */
  record Head(long seq, State state, DatasetRef dataset, DatasetManifest manifest) {}

  private String prefix() {
    return "increments/" + name + "/";
  }

  /** Empty before the first ingest, and where every row was erased. */
  Optional<Head> head() {
    Sequences.Entry entry = new Sequences(store).head(prefix()).orElse(null);
    if (entry == null) {
      return Optional.empty();
    }
    try {
      State state = PayloadJson.mapper().readValue(entry.content(), State.class);
      String digest = erased(state.dataset());
      if (digest.isEmpty()) {
        return Optional.empty();
      }
      DatasetManifest manifest = datasets.manifest(new DatasetRef(name, digest, 1));
      long rows = manifest.rows().values().stream().mapToLong(Long::longValue).sum();
      return Optional.of(
          new Head(entry.seq(), state, new DatasetRef(name, digest, rows), manifest));
    } catch (IOException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE,
          e,
          prefix() + entry.seq() + " (expected: how far the source has been read)");
    }
  }

  /** The version that took the place of one a person was erased from; its own digest without. */
  private String erased(String digest) throws IOException {
    String next = digest;
    while (true) {
      Optional<byte[]> told = store.get("datasets/" + name + "/" + next + "/" + Datasets.ERASED);
      if (told.isEmpty()) {
        return next;
      }
      JsonNode successor = PayloadJson.mapper().readTree(told.get()).path("successor");
      next = successor.asText("");
      if (next.isEmpty()) {
        return next;
      }
    }
  }

  /** Number of the next entry, also where {@link #head} is empty. */
  long next() {
    return new Sequences(store).head(prefix()).map(entry -> entry.seq() + 1).orElse(1L);
  }

  /**
   * Digests of the rows near the mark, each with its mark, Parquet.
   *
   * @return null when there are none
   */
  @Nullable Path seen(State state, Path target) {
    if (state.seen() == null) {
      return null;
    }
    store.fetch(seenKey(state.seen()), target);
    return target;
  }

  private String seenKey(String sha256) {
    return prefix() + "seen-" + sha256 + ".parquet";
  }

  /**
   * Creates the entry.
   *
   * @param seen the file the state names; null for none
   * @return false when another ingest was faster
   */
  boolean append(long seq, State state, @Nullable Path seen) {
    if (seen != null) {
      store.create(seenKey(Sha256.of(seen)), seen);
    }
    try {
      return store.create(
          prefix() + "%010d.json".formatted(seq), PayloadJson.mapper().writeValueAsBytes(state));
    } catch (IOException e) {
      throw new IllegalStateException("a record can be written", e);
    }
  }

  /** The profile of the rows so far. */
  Profile profile(DatasetRef dataset) {
    return datasets.profile(dataset);
  }
}
