package io.millrace.activities.data;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source that was read into {@code raw}.
 *
 * @param shown the source, for messages
 * @param modified the source's own time; null when it gives none
 */
record ReadTable(List<RawColumn> columns, String shown, @Nullable Instant modified) {
  ReadTable {
    columns = List.copyOf(columns);
  }
}
