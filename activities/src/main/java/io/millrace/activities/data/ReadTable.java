package io.millrace.activities.data;

import java.time.Instant;
import java.util.List;

/**
 * A table that was read into {@code raw} without files between.
 *
 * @param modified the source's own time
 */
record ReadTable(List<RawColumn> columns, String shown, Instant modified) {
  ReadTable {
    columns = List.copyOf(columns);
  }

  /** As files would be told of. */
  StagedSource source() {
    return new StagedSource(shown, List.of(), List.of(), modified);
  }
}
