package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest.Part;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.privacy.SubjectErasure;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.DyingStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person is erased from a chain of versions that share parts. */
class ChainErasureTest {
  private static final String SUBJECT = "c-3";

  @TempDir private Path root;

  /** Rows of so many hours, one in ten of them the subject's. */
  private static void append(Path file, int from, int to) throws Exception {
    StringBuilder rows = new StringBuilder(from == 0 ? "customer,at,a,y\n" : "");
    for (int hour = from; hour < to; hour++) {
      rows.append(
          "c-%d,2026-03-%02dT%02d:00:00Z,%d,%d%n"
              .formatted(hour % 10, hour / 24 + 1, hour % 24, hour * 37 % 101, hour / 3 % 2));
    }
    Files.writeString(file, rows, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static Ingests over(Path folder) {
    Ingests ingests = new Ingests(folder);
    ingests.id = "customer";
    return ingests.from(
        SourceSpecs.of(
            Map.of(
                "csv",
                folder.resolve("events.csv").toString(),
                "incremental",
                new IncrementalSpec("at", null))));
  }

  private void erase(ObjectStore store) {
    new SubjectErasure(
            store, root.resolve("scratch"), new Secrets(Map.of()), InstantSource.system())
        .erase(
            new SubjectErasure.Request(SUBJECT, null, "ann", "asked by letter", false), step -> {});
  }

  private List<String> customers(ObjectStore store, DatasetRef dataset) {
    Datasets datasets = new Datasets(store, root.resolve("reader"));
    List<String> customers = new ArrayList<>();
    for (String split : datasets.manifest(dataset).rows().keySet()) {
      Table table = datasets.read(dataset, split, List.of("customer"));
      customers.addAll(List.of(table.categories("customer")));
    }
    return customers;
  }

  private static DatasetRef successor(ObjectStore store, DatasetRef old) throws Exception {
    byte[] told = store.get(old.prefix() + Datasets.ERASED).orElseThrow();
    String digest = PayloadJson.mapper().readTree(told).path("successor").asText();
    return new DatasetRef(old.name(), digest, old.rows());
  }

  @Test
  void erase_ofAChain_killedAtAnyChange_leavesNoRowInAnyVersion_andTheNextIngestGoesOn()
      throws Exception {
    int kills = 0;
    for (int changes = 0; ; changes++) {
      Path folder = Files.createDirectories(root.resolve("run-" + changes));
      Ingests ingests = over(folder);
      Path events = folder.resolve("events.csv");
      append(events, 0, 100);
      DatasetRef first = ingests.run().dataset();
      append(events, 100, 160);
      DatasetRef second = ingests.run().dataset();
      assertThat(new Datasets(ingests.store, root.resolve("reader")).manifest(second).parts())
          .extracting(Part::version)
          .as("the chain shares parts")
          .contains(first.digest());

      boolean killed = false;
      try {
        erase(DyingStore.of(ingests.store, changes));
      } catch (DyingStore.Killed e) {
        killed = true;
        kills++;
      }
      erase(ingests.store);

      for (DatasetRef version : List.of(first, second)) {
        int rows = version.equals(first) ? 90 : 144;
        assertThat(customers(ingests.store, successor(ingests.store, version)))
            .as("killed at %d", changes)
            .hasSize(rows)
            .doesNotContain(SUBJECT);
        assertThat(ingests.store.list(version.prefix())).noneMatch(key -> key.endsWith(".parquet"));
      }

      append(events, 160, 200);
      IngestResult third = ingests.run();
      assertThat(third.dataset().rows()).isEqualTo(180);
      assertThat(customers(ingests.store, third.dataset())).hasSize(180).doesNotContain(SUBJECT);
      if (!killed) {
        break;
      }
    }
    assertThat(kills).isGreaterThan(8);
  }
}
