package io.millrace.activities.data;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source's bytes on the local disk, whole and unpacked.
 *
 * @param shown the location without credentials or query, for messages
 * @param files in reading order
 * @param names of the files, as they lie under the location; the location itself when it is a file
 * @param modified the newest time the source gives for its files; null when it gives none
 * @param etag by which a server tells whether its only file is still the same; null for none
 */
record StagedSource(
    String shown,
    List<Path> files,
    List<String> names,
    @Nullable Instant modified,
    @Nullable String etag) {
  /** Of which nobody tells whether it changed. */
  StagedSource(String shown, List<Path> files, List<String> names, @Nullable Instant modified) {
    this(shown, files, names, modified, null);
  }

  StagedSource {
    names = List.copyOf(names);
    files = List.copyOf(files);
  }
}
