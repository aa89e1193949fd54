package io.millrace.activities.watch;

import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.store.ObjectStore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a bounded sample of a window's raw rows, of which every one has about the same chance. */
interface WindowSource {
  /**
   * @param most rows
   * @param progress told each step
   */
  WindowRows read(WatchedVersion version, Window window, int most, Consumer<String> progress);

  /**
   * @param engine where the log lies; null for this process, from some of the window's parts
   */
  static WindowSource of(ObjectStore store, @Nullable QueryEngine engine) {
    return engine != null
        ? new QueriedWindows(engine)
        : (version, window, most, progress) ->
            WindowRows.read(store, window.parts(), version.manifest().features(), most, progress);
  }
}
