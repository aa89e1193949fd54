package io.millrace.activities.watch;

import io.millrace.activities.query.LogSample;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable;
import io.millrace.activities.query.StoredTable.Span;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By a query engine, where the log lies: the sample is of every part of the window, not of some,
 * and the engine reads the window's hours alone.
 *
 * <p>A window of more than {@value #NAMED} parts is looked at by its rows' own time instead of by
 * its parts, which differs at the window's ends: there a part counts where its last row does.
 */
record QueriedWindows(QueryEngine engine) implements WindowSource {
  /** Names of parts that a statement of 262,144 bytes holds beside the rest. */
  static final int NAMED = 800;

  private static final Logger LOG = LoggerFactory.getLogger(QueriedWindows.class);

  @Override
  public WindowRows read(
      WatchedVersion version, Window window, int most, Consumer<String> progress) {
    @Nullable List<String> named = window.parts().size() <= NAMED ? window.parts() : null;
    StoredTable log =
        StoredTable.log(
            version.ref().name(),
            version.ref().version(),
            version.manifest().features(),
            named,
            named == null ? new Span(window.from(), window.to()) : hours(named));
    // a part that comes late makes it another question
    String parts = String.join("\n", window.parts());
    String key = "window " + PayloadJson.sha256(parts.getBytes(StandardCharsets.UTF_8));
    LogSample sample = LogSample.of(engine, log, most, new Asked(key, progress));
    LOG.info(
        "{} {}/{}: {} rows of {}, {} bytes scanned",
        version.ref(),
        window.from(),
        window.to(),
        sample.rows().rows(),
        window.rows(),
        sample.scannedBytes());
    return new WindowRows(sample.rows(), sample.scores(), sample.entities());
  }

  /** The time of the folders that the parts lie in. */
  private static Span hours(List<String> parts) {
    List<Instant> hours = parts.stream().map(QueriedWindows::hour).sorted().toList();
    return new Span(hours.getFirst(), hours.getLast().plus(Duration.ofMinutes(59)));
  }

  /** Of a key that ends with {@code dt=2026-03-01/hr=12/<part>}. */
  private static Instant hour(String part) {
    String[] names = part.split("/");
    String day = names[names.length - 3].substring("dt=".length());
    String hour = names[names.length - 2].substring("hr=".length());
    return Instant.parse(day + "T" + hour + ":00:00Z");
  }
}
