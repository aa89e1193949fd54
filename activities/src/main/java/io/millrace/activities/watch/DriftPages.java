package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.watch.alert.AlertState;
import io.millrace.activities.watch.alert.AlertState.Level;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pages of checks in the store, and the same as JSON beside them. */
record DriftPages(ObjectStore store) {
  /** Checks that are looked through for the newest page. */
  static final int BACK = 60;

  private static final String ALERTS = "alerts";

  /**
   * Writes both.
   *
   * @param alerts null where they are not looked at
   */
  void write(
      String key,
      DriftPage page,
      DriftReport report,
      DriftHistory history,
      @Nullable DriftAlerts alerts) {
    store.put(key, page.html().getBytes(StandardCharsets.UTF_8));
    ObjectNode tree = PayloadJson.mapper().valueToTree(report);
    if (alerts != null) {
      tree.set(ALERTS, PayloadJson.mapper().valueToTree(alerts));
    }
    WindowReports.timeline(tree, history);
    store.put(json(key), WindowReports.json(tree));
  }

  /**
   * Tells a check's page what was judged of it; where the check has none, that of the check before.
   *
   * @param report null of a check that failed
   * @param now tells what is muted
   */
  void judged(DriftLog log, @Nullable DriftReport report, AlertState state, Instant now) {
    DriftReport told = report;
    boolean own = told != null && told.reportKey() != null;
    if (told == null || told.reportKey() == null) {
      told =
          log.last(log.head().seq(), BACK).reversed().stream()
              .filter(past -> past.reportKey() != null)
              .findFirst()
              .orElse(null);
    }
    String key = told == null ? null : told.reportKey();
    Optional<byte[]> known = key == null ? Optional.empty() : store.get(key);
    if (told == null || key == null || known.isEmpty()) {
      return;
    }
    DriftAlerts found = DriftAlerts.of(state, began(told), now);
    DriftAlerts alerts = own ? found : found.over(levels(json(key)));
    String page = new String(known.get(), StandardCharsets.UTF_8);
    String next = alerts.in(page);
    if (!next.equals(page)) {
      store.put(key, next.getBytes(StandardCharsets.UTF_8));
      rewrite(json(key), tree -> tree.set(ALERTS, PayloadJson.mapper().valueToTree(alerts)));
    }
  }

  /** What a page says of objectives; nothing where its JSON is gone. */
  private List<Level> levels(String key) {
    List<Level> levels = new ArrayList<>();
    try {
      byte[] known = store.get(key).orElse("{}".getBytes(StandardCharsets.UTF_8));
      for (JsonNode level : PayloadJson.mapper().readTree(known).path(ALERTS).path("levels")) {
        levels.add(PayloadJson.mapper().treeToValue(level, Level.class));
      }
      return levels;
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  /** When the first of a check's windows began. */
  static Instant began(DriftReport report) {
    return report.windows().stream()
        .map(WindowReport::from)
        .min(Comparator.naturalOrder())
        .orElse(report.at());
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
          rewrite(json(key), tree -> WindowReports.timeline(tree, history));
        }
      }
      return;
    }
  }

  private void rewrite(String key, Consumer<ObjectNode> change) {
    Optional<byte[]> known = store.get(key);
    if (known.isEmpty()) {
      return;
    }
    try {
      if (PayloadJson.mapper().readTree(known.get()) instanceof ObjectNode object) {
        change.accept(object);
        store.put(key, WindowReports.json(object));
      }
    } catch (IOException e) {
      throw WatchedVersion.unreadable(key, e);
    }
  }

  private static String json(String key) {
    return key.substring(0, key.length() - ".html".length()) + ".json";
  }
}
