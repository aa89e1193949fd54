package io.millrace.activities.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an ingest of a file over HTTP made of it, {@code fetched/<name>/<declaration>/<seq>.json},
 * by the server's ETag: the same bytes under the same declaration make the same version, so a file
 * that is still the same need not come again. The rows themselves are never kept.
 */
final class FetchedBefore {
  /** Raised when the same bytes would make another version. */
  private static final int FORMAT = 2;

  private final ObjectStore store;
  private final String prefix;
  private final @Nullable Entry newest;

  /** What decides what becomes of the bytes. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Declaration(
      int format, String name, Task task, DataSpec data, @Nullable String specLocation) {}

  private record Entry(String etag, IngestResult result) {}

  FetchedBefore(ObjectStore store, IngestRequest request) {
    this.store = store;
    String digest =
        PayloadJson.sha256(
            json(
                new Declaration(
                    FORMAT,
                    request.name(),
                    request.task(),
                    request.data(),
                    request.specLocation())));
    this.prefix = "fetched/" + request.name() + "/" + digest + "/";
    this.newest = request.recent() == null ? newest() : null;
  }

  private @Nullable Entry newest() {
    Optional<Sequences.Entry> head = new Sequences(store).head(prefix);
    if (head.isEmpty()) {
      return null;
    }
    try {
      Entry entry = PayloadJson.mapper().readValue(head.get().content(), Entry.class);
      String version = entry.result().dataset().prefix();
      // rows of a person who was erased must be left out anew
      boolean there =
          store.sizeBytes(version + Datasets.MANIFEST).isPresent()
              && store.sizeBytes(version + Datasets.ERASED).isEmpty();
      return there ? entry : null;
    } catch (IOException e) {
      throw Failures.of(
          FailureType.PAYLOAD_UNREADABLE, e, prefix + " (expected: what was fetched before)");
    }
  }

  /** To ask the server with; null when the file has to come. */
  @Nullable String etag() {
    return newest == null ? null : newest.etag();
  }

  /** What came of it, for a file that is still the same. */
  IngestResult result() {
    if (newest == null) {
      throw new IllegalStateException("a server was asked without an ETag");
    }
    return newest.result();
  }

  /**
   * Remembers.
   *
   * @param etag null for a source without one
   */
  void remember(@Nullable String etag, IngestRequest request, IngestResult result) {
    if (etag == null || etag.equals(etag()) || request.recent() != null) {
      return;
    }
    byte[] entry = json(new Entry(etag, result));
    new Sequences(store).append(prefix, (seq, head) -> entry);
  }

  private static byte[] json(Object value) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new IllegalStateException("a record can be written", e);
    }
  }
}
