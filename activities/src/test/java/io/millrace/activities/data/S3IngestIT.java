package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.S3Store;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.IncrementalSpec;
import io.millrace.workflows.spec.SourceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** The credit table from one bucket into another store, as it would run in the cloud. */
class S3IngestIT {
  private static LocalStack localStack;
  @TempDir private Path root;

  @BeforeAll
  static void up() {
    localStack = LocalStack.start();
    try (S3Client s3 = localStack.s3()) {
      s3.createBucket(create -> create.bucket("sources"));
      s3.createBucket(create -> create.bucket("millrace"));
      s3.putObject(
          put -> put.bucket("sources").key("credit/table.csv.gz"),
          Ingests.examples().resolve("credit/data/UCI_Credit_Card.uci-layout.csv.gz"));
    }
  }

  @AfterAll
  static void down() {
    localStack.close();
  }

  private Ingests credit(String location) {
    S3Store store = new S3Store(localStack.s3(), "millrace", "it");
    Ingests credit =
        new Ingests(
            root,
            store,
            new DuckDbIngest(
                store,
                root.resolve("scratch"),
                new Secrets(Map.of()),
                localStack::s3,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2)));
    credit.target = "default.payment.next.month";
    credit.id = "ID";
    return credit.from(new SourceSpec(location, null, null));
  }

  @Test
  void anObject_aPrefixAndAFile_giveTheSameVersion() {
    IngestResult object = credit("s3://sources/credit/table.csv.gz").run();
    assertThat(object.rowsRead()).isEqualTo(30_000);
    assertThat(credit("s3://sources/credit/").run().dataset()).isEqualTo(object.dataset());
    Ingests local = new Ingests(root.resolve("local"));
    local.target = "default.payment.next.month";
    local.id = "ID";
    local.specLocation = Ingests.examples().resolve("credit/pipeline.yaml").toString();
    local.from(new SourceSpec("data/UCI_Credit_Card.uci-layout.csv.gz", null, null));
    assertThat(local.run().dataset()).isEqualTo(object.dataset());
  }

  private static String day(int day) {
    StringBuilder rows = new StringBuilder("id,at,a,y\n");
    for (int i = day * 40; i < day * 40 + 40; i++) {
      rows.append("r%d,2026-03-%02d,%d.5,%d\n".formatted(i, day, i * 37 % 101, i % 2));
    }
    return rows.toString();
  }

  private static void put(String key, String content) {
    try (S3Client s3 = localStack.s3()) {
      s3.putObject(
          put -> put.bucket("sources").key(key),
          software.amazon.awssdk.core.sync.RequestBody.fromString(content));
    }
  }

  private Ingests events(
      String location, List<String> partitions, @Nullable IncrementalSpec incremental) {
    Ingests events = credit(location);
    events.target = "y";
    events.id = "id";
    Map<String, Object> keys = new HashMap<>(Map.of("csv", location, "partitions", partitions));
    if (incremental != null) {
      keys.put("incremental", incremental);
    }
    return events.from(SourceSpecs.of(keys));
  }

  @Test
  void aPattern_takesWhatFits_andPartitionsBecomeColumns() {
    put("p/region=north/day-1.csv", day(1));
    put("p/region=south/day-2.csv", day(2));
    put("p/region=south/day-2.csv.bak", "no table");
    put("p/other/day-3.csv", day(3));
    IngestResult result =
        events("s3://sources/p/region=*/day-?.csv", List.of("region"), null).run();
    assertThat(result.rowsRead()).isEqualTo(80);
    Datasets datasets =
        new Datasets(new S3Store(localStack.s3(), "millrace", "it"), root.resolve("reader"));
    assertThat(datasets.manifest(result.dataset()).columns())
        .extracting(DatasetManifest.ColumnInfo::name)
        .containsExactly("id", "at", "a", "y", "region");
    assertThat(datasets.read(result.dataset(), "train", List.of("region")).categories("region"))
        .contains("north", "south");
    assertThat(events("s3://sources/p/**/day-*.csv", List.of(), null).run().rowsRead())
        .isEqualTo(120);
    assertThatThrownBy(() -> events("s3://sources/p/**/day-*.csv", List.of("region"), null).run())
        .hasMessageContaining("other/day-3.csv (expected: below a folder region=…");
  }

  @Test
  void newObjectsUnderAPrefix_areAllThatIsReadTheNextTime() {
    put("i/day-1.csv", day(1));
    put("i/day-2.csv", day(2));
    Ingests events = events("s3://sources/i/", List.of(), new IncrementalSpec("at", null));
    events.name = "grown";
    assertThat(events.run().dataset().rows()).isEqualTo(80);
    put("i/day-3.csv", day(3));
    IngestResult second = events.run();
    assertThat(second.rowsRead()).isEqualTo(40);
    assertThat(second.dataset().rows()).isEqualTo(120);
    assertThat(events.run().dataset()).isEqualTo(second.dataset());
  }

  @Test
  void whatIsNotThere_isUnreadable() {
    for (String location :
        new String[] {"s3://sources/nowhere.csv", "s3://no-such-bucket/x.csv", "s3://sources/"}) {
      assertThatThrownBy(() -> credit(location).run())
          .hasMessageContaining(location)
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_UNREADABLE));
    }
  }
}
