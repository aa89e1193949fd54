package io.millrace.inference.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.log.LogSink;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  @TempDir Path dir;

  /** A store that refuses objects which are there already, as {@code If-None-Match: *} does. */
  private static final class CreateOnly implements LogSink {
    final Map<String, byte[]> objects = new LinkedHashMap<>();
    int failAfter = Integer.MAX_VALUE;

    @Override
    public void write(String key, byte[] content) {
      if (failAfter-- <= 0) {
        throw new IllegalStateException("no route to host");
      }
      assertThat(objects.putIfAbsent(key, content)).as("%s is created once", key).isNull();
    }
  }

  private static String part(int i) {
    return "predictions/credit/1/dt=2026-11-25/hr=1" + i + "/edge-1-0000000" + i;
  }

  private static byte[] profile(int rows) {
    ProfileBuilder builder =
        new ProfileBuilder(List.of(new Profile.Column("x", Feature.Kind.NUMBER)));
    for (int i = 0; i < rows; i++) {
      builder.add(0, i);
      builder.endRow();
    }
    Instant now = Instant.parse("2026-11-25T10:00:00Z");
    return new PartProfile(now, now, rows, builder.build()).toJson();
  }

  private static void write(Spool spool, int i, int bytes, int rows) {
    spool.write(part(i) + ".jsonl.gz", new byte[bytes]);
    spool.write(part(i) + ".profile.json", profile(rows));
  }

  @Test
  void ship_movesEveryObjectOnce_inTheirOrder() {
    Spool spool = new Spool(dir, 1 << 20);
    write(spool, 1, 10, 3);
    write(spool, 2, 10, 3);
    CreateOnly store = new CreateOnly();
    Shipment shipment = new Shipment(spool, store);
    assertThat(shipment.ship()).contains(4);
    assertThat(shipment.ship()).contains(0);
    shipment.close(); // though it was never started
    assertThat(store.objects.keySet())
        .containsExactly(
            part(1) + ".jsonl.gz",
            part(1) + ".profile.json",
            part(2) + ".jsonl.gz",
            part(2) + ".profile.json");
    assertThat(spool.sizeBytes()).isZero();
    assertThat(new Spool(dir, 1 << 20).waiting()).isEmpty();
  }

  @Test
  void ship_whileTheStoreIsAway_keepsTheRest_forAnotherProcess() {
    Spool spool = new Spool(dir, 1 << 20);
    write(spool, 1, 10, 3);
    write(spool, 2, 10, 3);
    CreateOnly store = new CreateOnly();
    store.failAfter = 1;
    assertThatThrownBy(new Shipment(spool, store)::ship).hasMessage("no route to host");
    store.failAfter = Integer.MAX_VALUE;
    Spool again = new Spool(dir, 1 << 20);
    assertThat(again.waiting()).hasSize(3);
    assertThat(new Shipment(again, store).ship()).contains(3);
    assertThat(store.objects).hasSize(4);
    // the first process finds that its files are gone, and goes on
    assertThat(new Shipment(spool, store).ship()).contains(0);
    assertThat(spool.sizeBytes()).isZero();
  }

  @Test
  void write_intoAFullSpool_dropsTheOldestParts_andCountsTheirRows() {
    Spool spool = new Spool(dir, 5_000);
    for (int i = 1; i <= 4; i++) {
      write(spool, i, 1_800, i * 10);
    }
    assertThat(spool.sizeBytes()).isLessThanOrEqualTo(5_000);
    assertThat(spool.droppedRows()).isEqualTo(30);
    assertThat(spool.waiting().getFirst()).startsWith(part(3));
    assertThat(spool.waiting()).hasSize(4);
    assertThat(new Spool(dir, 5_000).droppedRows()).isEqualTo(30);
  }

  @Test
  void write_ofAPartThatIsTooLargeAlone_keepsIt() {
    Spool spool = new Spool(dir, 100);
    write(spool, 1, 500, 7);
    assertThat(spool.waiting()).hasSize(2);
    assertThat(spool.droppedRows()).isZero();
  }
}
