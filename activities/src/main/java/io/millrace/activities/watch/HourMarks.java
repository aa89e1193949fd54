package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.TreeSet;

/** Tells drift checks that somebody was erased from hours of the prediction log. */
public final class HourMarks {
  private HourMarks() {}

  /**
   * Marks each hour of these keys and deletes what was merged of its parts. To be called when the
   * parts have been replaced; may be repeated.
   *
   * @param keys of parts of the prediction log; other keys are left alone
   * @param mark names the erasure: letters, digits and dashes
   */
  public static void erased(ObjectStore store, Collection<String> keys, String mark) {
    TreeSet<String> folders = new TreeSet<>();
    for (String key : keys) {
      if (key.startsWith("predictions/") || key.startsWith(LogPart.SHADOW)) {
        folders.add(key.substring(0, key.lastIndexOf('/') + 1));
      }
    }
    for (String folder : folders) {
      store.create(folder + mark + LoggedHour.ERASED, "{}\n".getBytes(StandardCharsets.UTF_8));
      LoggedHour.list(store, folder).merged().forEach(name -> store.delete(folder + name));
    }
  }
}
