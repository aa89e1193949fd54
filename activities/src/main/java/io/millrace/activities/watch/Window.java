package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.DriftLog.Cursor;
import io.millrace.inference.profile.Profile;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Logged predictions that are looked at together.
 *
 * @param firstRow 1-based position in the version's log; 1 for windows by time
 * @param parts keys, without the ending
 * @param profile null without rows
 */
record Window(
    Instant from,
    Instant to,
    long firstRow,
    long rows,
    List<String> parts,
    @Nullable Profile profile) {

  /**
   * @param windows complete ones @param cursor after the last of them
   */
  record Chunks(List<Window> windows, Cursor cursor) {}

  /**
   * The window of the time before a moment: the parts that ended in {@code (at - last, at]}; of six
   * hours or more, from the full hour at or before {@code at - last}.
   */
  static Window last(LoggedTime log, Duration last, Instant at) {
    Instant from = LoggedTime.edge(at.minus(last), last);
    LoggedTime.Rows inside = log.between(from, at, List.of());
    return new Window(from, at, 1, inside.rows(), inside.parts(), inside.profile());
  }

  /**
   * Consecutive windows of whole parts, each the least number of parts that have the asked rows.
   *
   * @param most windows of one check; the next check goes on
   */
  static Chunks chunks(
      ObjectStore store,
      LogParts parts,
      Cursor cursor,
      int rows,
      int most,
      Instant at,
      Consumer<String> progress) {
    List<LogPart> open = new ArrayList<>();
    for (String key : parts.after(cursor)) {
      progress.accept(key);
      LogPart part = LogPart.read(store, key);
      if (!part.to().isAfter(at)) {
        open.add(part);
      }
    }
    open.sort(LogPart.ORDER);
    List<Window> windows = new ArrayList<>();
    Map<String, String> last = new HashMap<>(cursor.last());
    long done = cursor.rows();
    long collected = 0;
    List<LogPart> chunk = new ArrayList<>();
    for (LogPart part : open) {
      chunk.add(part);
      collected += part.rows();
      if (collected >= rows) {
        Instant to = chunk.stream().map(LogPart::to).max(Comparator.naturalOrder()).orElse(at);
        windows.add(of(chunk, done + 1, chunk.getFirst().from(), to));
        chunk.forEach(p -> last.merge(LogPart.server(p.key()), p.key(), Window::later));
        done += collected;
        collected = 0;
        chunk = new ArrayList<>();
        if (windows.size() == most) {
          break;
        }
      }
    }
    return new Chunks(windows, new Cursor(done, last));
  }

  private static String later(String a, String b) {
    return LogPart.IN_SERVER.compare(a, b) >= 0 ? a : b;
  }

  private static Window of(List<LogPart> parts, long firstRow, Instant from, Instant to) {
    Profile profile = parts.stream().map(LogPart::profile).reduce(Profile::merge).orElse(null);
    long rows = parts.stream().mapToLong(LogPart::rows).sum();
    return new Window(from, to, firstRow, rows, parts.stream().map(LogPart::key).toList(), profile);
  }
}
