package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Pages of checks in the store, and the same as JSON beside them. */
record DriftPages(ObjectStore store) {
  /** Checks that are looked through for the newest page. */
  static final int BACK = 60;

  /** Writes both. */
  void write(String key, DriftPage page, DriftReport report, DriftHistory history) {
    store.put(key, page.html().getBytes(StandardCharsets.UTF_8));
    store.put(json(key), WindowReports.json(report, history));
  }

  /**
   * Tells the newest page of earlier checks what was done since: a check is over before anything is
   * done about it. Nothing is written when there is no news.
   *
   * @param reports oldest first
   */
  void tell(List<DriftReport> reports, DriftHistory history) {
    for (DriftReport report : reports.reversed()) {
      String key = report.reportKey();
      if (key == null) {
        continue;
      }
      Optional<byte[]> known = store.get(key);
      if (known.isPresent()) {
        String page = new String(known.get(), StandardCharsets.UTF_8);
        String told = DriftTimeline.replaced(page, history);
        if (!told.equals(page)) {
          store.put(key, told.getBytes(StandardCharsets.UTF_8));
          timeline(json(key), history);
        }
      }
      return;
    }
  }

  private void timeline(String key, DriftHistory history) {
    Optional<byte[]> known = store.get(key);
    if (known.isEmpty()) {
      return;
    }
    try {
      JsonNode tree = PayloadJson.mapper().readTree(known.get());
      if (tree instanceof ObjectNode object) {
        store.put(key, WindowReports.json(object, history));
      }
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  private static String json(String key) {
    return key.substring(0, key.length() - ".html".length()) + ".json";
  }
}
