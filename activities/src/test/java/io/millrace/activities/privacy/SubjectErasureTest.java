package io.millrace.activities.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.audit.AuditEntry;
import io.millrace.activities.audit.HashChainAudit;
import io.millrace.activities.data.DuckDbIngest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.registry.Models;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.Rules;
import io.millrace.activities.store.DyingStore;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.PartProfile;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.PrivacySpec.Action;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubjectErasureTest {
  private static final String PART = "predictions/test/1/dt=2026-03-02/hr=10/s-1";
  private static final String HOUR = "predictions/test/1/dt=2026-03-02/hr=10/abc.hour.json";
  private static final String LABELS = "labels/test/dt=2026-03-09/" + "a".repeat(64) + ".jsonl.gz";
  private static final ModelRef MODEL = new ModelRef("test", 1, "b".repeat(64));
  private static final Secrets SECRETS =
      new Secrets(Map.of("KEY", "a test key of more than 16 bytes"));

  @TempDir private Path root;
  private ObjectStore store;
  private PrivacySpec privacy = new PrivacySpec("all", Action.MASK, null, Map.of());

  @BeforeEach
  void source() throws Exception {
    store = new FileStore(root.resolve("store"));
    StringBuilder csv = new StringBuilder("customer,a,y\n");
    for (int i = 0; i < 100; i++) {
      // four rows of each, and one in quarantine
      csv.append("c-%d,%d,%d\n".formatted(i % 25, i % 25 == 7 && i > 80 ? -1 : i, i * 13 % 5 % 2));
    }
    Files.writeString(root.resolve("source.csv"), csv);
  }

  private IngestResult ingest() {
    ExpectationSpec range = Rules.on("a").range(0.0, null).then(ExpectationSpec.OnBreak.DROP, 0.5);
    DataSpec data =
        new DataSpec(
            new SourceSpec(root.resolve("source.csv").toString(), null, null),
            "y",
            null,
            null,
            "customer",
            null,
            List.of(),
            Map.of(),
            new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7),
            List.of(range),
            privacy);
    return new DuckDbIngest(store, root.resolve("ingest"), SECRETS)
        .ingest(
            new IngestRequest(
                new RunRef("test-1", "test", null), "test", Task.BINARY, data, null, null));
  }

  private static byte[] gzip(List<String> lines) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private String lines(String key) throws Exception {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(store.get(key).orElseThrow()))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void traffic(String subject) throws Exception {
    List<String> log = new ArrayList<>();
    ProfileBuilder profile =
        new ProfileBuilder(
            List.of(
                new Profile.Column("a", Feature.Kind.NUMBER),
                new Profile.Column(PartProfile.PREDICTION, Feature.Kind.NUMBER)));
    for (int i = 0; i < 6; i++) {
      log.add(
          """
          {"specversion":"1.0","id":"r#%d","time":"2026-03-02T10:00:0%dZ","data":{"model":"test",\
          "version":1,"entity":%s,"features":{"a":%d},"score":0.%d,"prediction":"0"}}\
          """
              .formatted(i, i, i == 2 ? "\"" + subject + "\"" : i == 3 ? "null" : "\"c-8\"", i, i));
      profile.add(0, i);
      profile.add(1, i / 10.0);
      profile.endRow();
    }
    Instant from = Instant.parse("2026-03-02T10:00:00Z");
    store.create(PART + ".jsonl.gz", gzip(log));
    store.create(
        PART + ".profile.json",
        new PartProfile(from, from.plusSeconds(5), 6, profile.build()).toJson());
    store.create(
        LABELS,
        gzip(
            List.of(
                "{\"at\":\"2026-03-09T00:00:00Z\",\"id\":\"%s\",\"label\":\"1\"}"
                    .formatted(subject),
                "{\"at\":\"2026-03-09T00:00:00Z\",\"id\":\"c-70\",\"label\":\"1\"}")));
  }

  private void trainedOn(DatasetRef dataset) throws Exception {
    store.create(
        "lineage/datasets/" + dataset.digest() + "/test@1.json",
        PayloadJson.mapper().writeValueAsBytes(MODEL));
    store.create(
        "models/test/versions/1/version.json",
        PayloadJson.mapper()
            .writeValueAsBytes(
                new io.millrace.activities.registry.VersionEntry(
                    1,
                    "test",
                    1,
                    MODEL.digest(),
                    MODEL.prefix(),
                    1,
                    "test-1",
                    Instant.EPOCH,
                    Task.BINARY,
                    "linear",
                    dataset,
                    List.of())));
  }

  private SubjectErasure.Erasure erase(
      ObjectStore in, String subject, @Nullable String key, boolean dry) {
    return new SubjectErasure(in, root.resolve("scratch"), SECRETS, InstantSource.system())
        .erase(new SubjectErasure.Request(subject, key, "ann", "asked by letter", dry), step -> {});
  }

  private List<String> ids(DatasetRef dataset) {
    Datasets datasets = new Datasets(store, root.resolve("reader"));
    List<String> ids = new ArrayList<>();
    for (String split : List.of("train", "validation", "test")) {
      Table table = datasets.read(dataset, split, List.of("customer"));
      ids.addAll(Arrays.asList(table.categories("customer")));
    }
    return ids;
  }

  private DatasetRef successor(DatasetRef old) throws Exception {
    byte[] told = store.get(old.prefix() + Datasets.ERASED).orElseThrow();
    String digest = PayloadJson.mapper().readTree(told).path("successor").asText();
    return new DatasetRef(old.name(), digest, old.rows() - 3);
  }

  @Test
  void erase_takesTheRowsOutOfDatasetsLogsAndLabels_marksModelsAndIsAudited() throws Exception {
    DatasetRef old = ingest().dataset();
    traffic("c-7");
    trainedOn(old);
    store.put(HOUR, "{}".getBytes(StandardCharsets.UTF_8));
    assertThat(ids(old)).filteredOn("c-7"::equals).hasSize(3);

    SubjectErasure.Erasure erasure = erase(store, " c-7 ", null, false);

    assertThat(erasure.done()).isTrue();
    assertThat(erasure.plan().total()).isEqualTo(4 + 1 + 1);
    assertThat(erasure.plan().models()).containsExactly(MODEL);
    assertThat(ids(successor(old))).hasSize(96).doesNotContain("c-7");
    assertThat(store.list(old.prefix()).stream().map(k -> k.substring(old.prefix().length())))
        .containsExactly("erased.json", "manifest.json", "profile.json");
    assertThat(store.list(successor(old).prefix() + "quarantine/")).isEmpty();
    assertThat(new Datasets(store, root.resolve("r")).profile(successor(old)).rows())
        .isLessThan(73);
    assertThat(lines(PART + ".jsonl.gz").lines()).hasSize(5).noneMatch(l -> l.contains("c-7\""));
    PartProfile part = PartProfile.fromJson(store.get(PART + ".profile.json").orElseThrow());
    assertThat(part.rows()).isEqualTo(5);
    assertThat(part.profile().column("a").orElseThrow().missing()).isZero();
    assertThat(store.get(HOUR)).as("what a drift check merged of the parts").isEmpty();
    assertThat(store.list(HOUR.substring(0, HOUR.lastIndexOf('/') + 1)))
        .filteredOn(k -> k.endsWith(".erased"))
        .hasSize(1);
    assertThat(lines(LABELS)).contains("c-70").doesNotContain("\"c-7\"");
    assertThat(new Models(store).erased("test", 1)).isEqualTo(1);
    List<AuditEntry> audit = new HashChainAudit(store).entries();
    assertThat(audit).hasSize(1);
    assertThat(audit.getFirst().action()).isEqualTo("erase");
    assertThat(audit.getFirst().facts())
        .containsEntry("rows", "6")
        .containsEntry("models", "test@1");
    assertThat(audit.toString()).doesNotContain("c-7");

    assertThat(erase(store, "c-7", null, false).plan().nothing()).isTrue();
    assertThat(new HashChainAudit(store).entries()).hasSize(1);
    assertThatThrownBy(() -> ids(old))
        .hasMessageContaining("was replaced when a person was erased");
  }

  @Test
  void dryRun_changesNothing() throws Exception {
    ingest();
    traffic("c-7");
    List<String> before = new ArrayList<>(store.list(""));

    SubjectErasure.Erasure erasure = erase(store, "c-7", null, true);

    assertThat(erasure.done()).isFalse();
    assertThat(erasure.plan().total()).isEqualTo(6);
    before.add("privacy/salt");
    assertThat(store.list("")).containsExactlyInAnyOrderElementsOf(before);
    assertThat(lines(PART + ".jsonl.gz")).contains("\"c-7\"");
  }

  @Test
  void ingestOfTheSameSource_leavesWhoWasErasedOut() throws Exception {
    DatasetRef old = ingest().dataset();
    erase(store, "c-7", null, false);

    IngestResult again = ingest();

    assertThat(again.dataset().digest()).isNotEqualTo(old.digest());
    assertThat(ids(again.dataset())).hasSize(96).doesNotContain("c-7");
    assertThat(again.expectations())
        .anyMatch(e -> e.rule().equals("people who were erased stay out") && e.broken() == 4);
  }

  @Test
  void hashedIds_areFoundByTheKey() throws Exception {
    privacy =
        new PrivacySpec("all", Action.MASK, "secret:env:KEY", Map.of("customer", Action.TOKENISE));
    DatasetRef old = ingest().dataset();

    assertThat(erase(store, "c-7", null, true).plan().total()).isZero();
    assertThat(erase(store, "c-7", "secret:env:KEY", false).plan().total()).isEqualTo(4);
    assertThat(ids(successor(old))).hasSize(96);
  }

  @Test
  void erase_killedAtAnyChange_isFinishedByRunningItAgain() throws Exception {
    int kills = 0;
    for (int changes = 0; ; changes++) {
      store = new FileStore(root.resolve("store-" + changes));
      DatasetRef old = ingest().dataset();
      traffic("c-7");
      trainedOn(old);
      store.put(HOUR, "{}".getBytes(StandardCharsets.UTF_8));
      ObjectStore dying = DyingStore.of(store, changes);
      boolean killed = false;
      try {
        erase(dying, "c-7", null, false);
      } catch (DyingStore.Killed e) {
        killed = true;
        kills++;
      }
      erase(store, "c-7", null, false);

      assertThat(ids(successor(old))).as("killed at " + changes).hasSize(96).doesNotContain("c-7");
      assertThat(store.list(old.prefix())).hasSize(3);
      assertThat(lines(PART + ".jsonl.gz")).doesNotContain("\"c-7\"");
      assertThat(PartProfile.fromJson(store.get(PART + ".profile.json").orElseThrow()).rows())
          .isEqualTo(5);
      assertThat(store.get(HOUR)).isEmpty();
      assertThat(lines(LABELS)).doesNotContain("\"c-7\"");
      assertThat(new Models(store).erased("test", 1)).isEqualTo(1);
      assertThat(new HashChainAudit(store).entries()).hasSize(1);
      assertThat(new HashChainAudit(store).verify().sound()).isTrue();
      assertThat(erase(store, "c-7", null, true).plan().nothing()).isTrue();
      if (!killed) {
        break;
      }
    }
    assertThat(kills).isGreaterThan(12);
  }
}
