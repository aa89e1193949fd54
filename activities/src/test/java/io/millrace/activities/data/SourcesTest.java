package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.Table;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.PredictionsSpec;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ways in beside one plain file. */
class SourcesTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
    ingests.split = new SplitSpec(SplitSpec.Kind.RANDOM, null, 0.2, 0, 1);
  }

  private static SourceSpec csv(
      String csv, @Nullable String decimal, @Nullable String encoding, List<String> partitions) {
    Map<String, Object> keys = new HashMap<>(Map.of("csv", csv, "partitions", partitions));
    if (decimal != null) {
      keys.put("decimal", decimal);
    }
    if (encoding != null) {
      keys.put("encoding", encoding);
    }
    return SourceSpecs.of(keys);
  }

  private Table train(IngestResult result, String... columns) {
    return new Datasets(ingests.store, root.resolve("reader"))
        .read(result.dataset(), "train", List.of(columns));
  }

  private void file(String name, int from, int rows) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    StringBuilder csv = new StringBuilder("a,y\n");
    for (int i = from; i < from + rows; i++) {
      csv.append(i).append(',').append(i * 13 % 5 % 2).append('\n');
    }
    Files.writeString(file, csv);
  }

  @Test
  void aPattern_takesTheFilesThatFit() throws Exception {
    file("in/2026/part-1.csv", 100, 20);
    file("in/2026/part-2.csv", 200, 20);
    file("in/2026/other.csv", 300, 20);
    file("in/2025/part-1.csv", 400, 20);

    assertThat(ingests.from(csv(root + "/in/2026/part-*.csv", null, null, List.of())).run())
        .extracting(IngestResult::rowsRead)
        .isEqualTo(40L);
    assertThat(ingests.from(csv(root + "/in/**/part-?.csv", null, null, List.of())).run())
        .extracting(IngestResult::rowsRead)
        .isEqualTo(60L);
    ingests.from(csv(root + "/in/*/none-*.csv", null, null, List.of()));
    assertThatThrownBy(ingests::run).hasMessageContaining("fits the pattern (expected: at least");
  }

  @Test
  void partitions_becomeColumns() throws Exception {
    file("in/dt=2026-01-01/region=north%20east/p.csv", 100, 20);
    file("in/dt=2026-01-02/region=__HIVE_DEFAULT_PARTITION__/p.csv", 200, 20);

    IngestResult result =
        ingests.from(csv(root + "/in/", null, null, List.of("region", "dt"))).run();

    Table train = train(result, "a", "region", "dt");
    for (int i = 0; i < train.rows(); i++) {
      boolean first = train.numbers("a")[i] < 200;
      assertThat(train.categories("region")[i]).isEqualTo(first ? "north east" : null);
      assertThat(train.categories("dt")[i]).startsWith(first ? "2026-01-01" : "2026-01-02");
    }
    ingests.from(csv(root + "/in/", null, null, List.of("hour")));
    assertThatThrownBy(ingests::run).hasMessageContaining("expected: below a folder hour=…");
  }

  @Test
  void partitionsOfParquet_areTheSame() throws Exception {
    for (String day : List.of("2026-01-01", "2026-01-02")) {
      Path folder = Files.createDirectories(root.resolve("p/dt=" + day));
      try (DuckDb db = DuckDb.open(1, root)) {
        db.run(
            "COPY (SELECT i AS a, i * 13 % 5 % 2 AS y FROM range(50) t(i)) TO '"
                + folder.resolve("x.parquet")
                + "' (FORMAT parquet)");
      }
    }
    IngestResult result =
        ingests
            .from(
                SourceSpecs.of(
                    Map.of("parquet", root + "/p/**/*.parquet", "partitions", List.of("dt"))))
            .run();
    assertThat(train(result, "dt").categories("dt"))
        .anyMatch(v -> v != null && v.startsWith("2026-01-02"));
  }

  private String excel(String head, String line) {
    StringBuilder csv = new StringBuilder(head);
    for (int i = 0; i < 40; i++) {
      csv.append(line.formatted(i, i % 7, i * 13 % 5 % 2));
    }
    return csv.toString();
  }

  @Test
  void aSpreadsheetsCsv_isReadAsItsCountryWritesIt() throws Exception {
    String content =
        excel("\uFEFFsep=;\r\nNr;Größe;Preis;Name;y\r\n", "%d;1.23%d,50;NA;Müller, A;%d\r\n")
            .replaceFirst(";NA;", ";12,5;");
    Path utf8 = Files.writeString(root.resolve("utf8.csv"), content);
    Path windows =
        Files.write(
            root.resolve("windows.csv"),
            content.replace("\uFEFF", "").getBytes(Charset.forName("windows-1252")));
    Path utf16 =
        Files.write(root.resolve("utf16.csv"), content.getBytes(StandardCharsets.UTF_16LE));

    IngestResult plain = ingests.from(csv(utf8.toString(), null, null, List.of())).run();
    IngestResult country =
        ingests.from(csv(windows.toString(), null, "windows-1252", List.of())).run();
    IngestResult wide = ingests.from(csv(utf16.toString(), null, null, List.of())).run();

    assertThat(country.dataset()).isEqualTo(plain.dataset());
    assertThat(wide.dataset()).isEqualTo(plain.dataset());
    Table train = train(plain, "Größe", "Preis", "Name");
    assertThat(Arrays.stream(train.numbers("Größe"))).allMatch(v -> v >= 1230.5 && v <= 1236.5);
    assertThat(Arrays.stream(train.numbers("Preis")).filter(v -> !Double.isNaN(v)))
        .allMatch(v -> v == 12.5);
    assertThat(train.categories("Name")).containsOnly("Müller, A");
    ingests.from(csv(windows.toString(), null, null, List.of()));
    assertThatThrownBy(ingests::run).hasMessageContaining("is not UTF-8 (expected: UTF-8");
  }

  @Test
  void decimals_areAsTheSpecSays() throws Exception {
    Path comma = Files.writeString(root.resolve("c.csv"), excel("a\tb\ty\n", "%d,5\t%d\t%d\n"));
    Table first = train(ingests.from(csv(comma.toString(), ",", null, List.of())).run(), "a");
    assertThat(Arrays.stream(first.numbers("a"))).allMatch(v -> v % 1 == 0.5);
    Path point = Files.writeString(root.resolve("p.csv"), excel("a;b;y\n", "%d,%d;1.5;%d\n"));
    assertThat(
            train(ingests.from(csv(point.toString(), ".", null, List.of())).run(), "a")
                .categories("a"))
        .allMatch(v -> v != null && v.contains(","));
  }

  @Test
  void avro_isReadLikeTheCsvOfTheSameTable() throws Exception {
    ingests.target = "gender";
    ingests.exclude = List.of("title", "comments", "country", "registration_dttm");
    Path csv = PersonalDataTest.resource("userdata1.csv.gz");
    Path avro = PersonalDataTest.resource("userdata1.avro");
    IngestResult fromCsv = ingests.from(csv(csv.toString(), null, null, List.of())).run();
    IngestResult fromAvro = ingests.from(SourceSpecs.of(Map.of("avro", avro.toString()))).run();

    assertThat(fromAvro.rowsRead()).isEqualTo(1000);
    assertThat(fromAvro.privacy())
        .extracting(f -> f.column() + " " + f.recogniser() + " " + f.matches())
        .contains("email email 984", "ip_address ip-address 1000", "cc card 709");
    assertThat(fromAvro.splits()).isEqualTo(fromCsv.splits());
    assertThat(train(fromAvro, "salary").numbers("salary"))
        .containsExactlyInAnyOrder(train(fromCsv, "salary").numbers("salary"));
    Path broken = root.resolve("broken.avro");
    byte[] bytes = Files.readAllBytes(avro);
    Files.write(broken, Arrays.copyOf(bytes, bytes.length / 2));
    ingests.from(SourceSpecs.of(Map.of("avro", broken.toString())));
    assertThatThrownBy(ingests::run).hasMessageContaining("is no whole Avro file (expected: one)");
  }

  private static byte[] gzip(String text) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void predictionsWithLabels_areATable() throws Exception {
    ingests.id = "customer";
    ingests.time = "seen";
    Instant from = Instant.parse("2026-03-02T10:00:00Z");
    for (int part = 0; part < 2; part++) {
      StringBuilder log = new StringBuilder();
      StringBuilder labels = new StringBuilder();
      ProfileBuilder profile =
          new ProfileBuilder(
              List.of(
                  new Profile.Column("a", Feature.Kind.NUMBER),
                  new Profile.Column("k", Feature.Kind.CATEGORY),
                  new Profile.Column(PartProfile.PREDICTION, Feature.Kind.NUMBER)));
      for (int i = 0; i < 50; i++) {
        int n = part * 50 + i;
        log.append(
            """
            {"time":"%s","data":{"entity":"e%d","features":{"a":%d,"k":"k%d"},"score":0.5}}
            """
                .formatted(from.plus(Duration.ofHours(part * 24)).plusSeconds(i), n, n, i % 3));
        if (i % 10 != 0) {
          labels.append(
              "{\"at\":\"2026-03-09T00:00:00Z\",\"id\":\"e%d\",\"label\":\"%d\"}\n"
                  .formatted(n, n * 13 % 5 % 2));
        }
      }
      String key = "predictions/test/1/dt=2026-03-0%d/hr=10/s-%d".formatted(2 + part, part);
      ingests.store.create(key + ".jsonl.gz", gzip(log.toString()));
      Instant begin = from.plus(Duration.ofHours(part * 24));
      ingests.store.create(
          key + ".profile.json",
          new PartProfile(begin, begin.plusSeconds(49), 50, profile.build()).toJson());
      ingests.store.create(
          "labels/test/dt=2026-03-09/" + part + ".jsonl.gz", gzip(labels.toString()));
    }
    SourceSpec all = SourceSpecs.of(Map.of("predictions", new PredictionsSpec("test", null)));
    SourceSpec lately =
        SourceSpecs.of(Map.of("predictions", new PredictionsSpec("test", Duration.ofHours(1))));

    IngestResult result = ingests.from(all).run();
    assertThat(result.rowsRead()).isEqualTo(90);
    Table train = train(result, "customer", "a", "k", "seen", "y");
    assertThat(train.categories("customer")).allMatch(v -> v != null && v.startsWith("e"));
    assertThat(train.categories("y")).containsOnly("0", "1");
    assertThat(ingests.from(lately).run().rowsRead()).isEqualTo(45);
    assertThat(ingests.from(lately).run()).isEqualTo(ingests.run());
  }
}
