package io.millrace.activities.watch;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.DriftReport;
import io.millrace.workflows.port.watch.WatchActivities.DriftRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What a test of the watch stands on: a store, car-loan's traffic to log in it, and its labels. */
abstract class WatchBed {
  static final CarLoan TRAFFIC = CarLoan.analysis();
  static final Profile REFERENCE = Profiles.of(CarLoan.reference(), 0, 50_000);

  /** After all that is logged: every row's window has ended. */
  static final Instant LATER = at(1_000_000);

  private static final Instant MUCH_LATER = at(2_000_000);

  @TempDir Path dir;
  ObjectStore store;
  WatchedStore watched;

  @BeforeEach
  final void openStore() {
    store = backing();
    watched = new WatchedStore(store, TRAFFIC);
  }

  /** The store under test; one of this disk unless a test has its own. */
  ObjectStore backing() {
    return new FileStore(dir.resolve("store"));
  }

  /** So long after the log's first row. */
  static Instant at(long seconds) {
    return WatchedStore.START.plusSeconds(seconds);
  }

  final DriftReport check(String key) {
    return check(key, LATER);
  }

  final DriftReport check(String key, Instant at) {
    return check(key, at, MUCH_LATER);
  }

  /** A check of what there was at one moment, made at another. */
  final DriftReport check(String key, Instant at, Instant now) {
    return new DriftWatch(store, null, InstantSource.fixed(now))
        .check(new DriftRequest(WatchedStore.MODEL, at, key));
  }

  /** Labels of these rows as a CSV, as they turned out. */
  static String turnedOut(int from, int to) {
    StringBuilder csv = new StringBuilder("id,repaid\n");
    CarLoan.targets()
        .rows()
        .subList(from, to)
        .forEach(row -> csv.append(String.join(",", row)).append('\n'));
    return csv.toString();
  }

  /** Labels of these rows as a CSV, as if everybody had repaid. */
  static String allRepaid(int from, int to) {
    StringBuilder csv = new StringBuilder("id,repaid\n");
    TRAFFIC.texts("id", from, to).forEach(id -> csv.append(id).append(",1\n"));
    return csv.toString();
  }

  /** Adds labels at a moment. */
  final void label(String csv, Instant now) throws IOException {
    Path file = Files.writeString(dir.resolve("labels.csv"), csv);
    new Labels(store, InstantSource.fixed(now)).add(WatchedStore.MODEL, file);
  }

  final String text(String key) {
    return new String(store.get(key).orElseThrow(), StandardCharsets.UTF_8);
  }
}
