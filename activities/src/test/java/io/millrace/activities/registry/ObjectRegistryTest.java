package io.millrace.activities.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.profile.NumberProfile;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.gate.Verdict;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.port.registry.RegistryActivities.AliasQuery;
import io.millrace.workflows.port.registry.RegistryActivities.AliasState;
import io.millrace.workflows.port.registry.RegistryActivities.PointRequest;
import io.millrace.workflows.port.registry.RegistryActivities.RegisterRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.GateSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectRegistryTest {
  private static final DatasetRef DATASET = new DatasetRef("credit", "d".repeat(64), 30_000);
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  @TempDir Path folder;
  private FileStore store;
  private Models models;
  private ObjectRegistry registry;
  private Instant now = START;

  @BeforeEach
  void open() {
    store = new FileStore(folder.resolve("store"));
    models = new Models(store);
    InstantSource source = () -> now;
    Clock clock = source.withZone(ZoneOffset.UTC);
    PackageScores scores =
        (dir, dataset, split) ->
            split.equals("test") ? new double[] {0.1, 0.3} : new double[] {0.2, 0.4};
    registry = new ObjectRegistry(store, folder.resolve("scratch"), scores, clock);
    ProfileBuilder rows =
        new ProfileBuilder(
            List.of(
                new Profile.Column("AGE", Feature.Kind.NUMBER),
                new Profile.Column("default", Feature.Kind.CATEGORY)));
    for (int age = 20; age < 60; age++) {
      rows.add(0, age);
      rows.add(1, age % 2 == 0 ? "1" : "0");
      rows.endRow();
    }
    store.put(DATASET.prefix() + "profile.json", rows.build().toJson());
  }

  private PackageRef trained(String run, String content) {
    try {
      Path dir = Files.createTempDirectory(folder, "package");
      Files.writeString(dir.resolve("model.onnx"), content);
      Files.write(
          dir.resolve("model.json"),
          ManifestJson.write(
              new ModelManifest(
                  1,
                  "credit",
                  "binary",
                  "linear",
                  List.of(new Feature("AGE", Feature.Kind.NUMBER, false, 20.0, 59.0, null, null)),
                  List.of(new Encoding.Standard(40, 10, 40, false)),
                  1,
                  new ModelManifest.Graph(
                      "model.onnx", PayloadJson.sha256(content), "input", "output"),
                  new ModelManifest.Output("default", List.of("0", "1"), 0.5))));
      return new Packages(store, folder.resolve("scratch"))
          .publish(dir, "runs/" + run + "/trials/0/package-" + content + "/");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static RegisterRequest request(
      String run, @Nullable String resumeFrom, PackageRef candidate) {
    Metric auc = new Metric("roc-auc", 0.7751, 0.761, 0.789, 6000);
    return new RegisterRequest(
        new RunRef(run, "credit", resumeFrom),
        "credit",
        Task.BINARY,
        candidate,
        DATASET,
        "c".repeat(64),
        7,
        new CandidateSpec("mlp", Map.of("hidden", List.of(64, 32))),
        "It won <b>by far</b>.",
        new GateReport(
            List.of(
                new Verdict.Accepted("roc-auc >= 0.76", GateSpec.Severity.BLOCK, auc, 0.76, "ok"),
                new Verdict.Rejected(
                    "latency p99 <= 20 ms", GateSpec.Severity.WARN, null, 20.0, "slow")),
            List.of(auc),
            6000),
        Trigger.manual());
  }

  @Test
  void register_laysTheWholeVersionAndMakesItLast() {
    ModelRef version = registry.register(request("credit-1", null, trained("credit-1", "a")));

    assertThat(version.toString()).isEqualTo("credit@1");
    assertThat(store.list("models/credit/versions/1/"))
        .containsExactlyInAnyOrder(
            "models/credit/versions/1/card.html",
            "models/credit/versions/1/model.json",
            "models/credit/versions/1/model.onnx",
            "models/credit/versions/1/provenance.json",
            "models/credit/versions/1/reference.json",
            "models/credit/versions/1/version.json");
    assertThat(
            new Packages(store, folder.resolve("other")).fetch(version.prefix(), version.digest()))
        .isDirectory();
    VersionEntry entry = models.version("credit", 1).orElseThrow();
    assertThat(entry.ref()).isEqualTo(version);
    assertThat(entry.created()).isEqualTo(START);
    assertThat(entry.run()).isEqualTo("credit-1");
    assertThat(entry.metrics()).extracting(Metric::name).containsExactly("roc-auc");
    assertThat(models.names()).containsExactly("credit");
  }

  @Test
  void register_recordsProvenance() {
    registry.register(request("credit-1", null, trained("credit-1", "a")));

    Provenance from = models.provenance("credit", 1).orElseThrow();
    assertThat(from.dataset()).isEqualTo(DATASET);
    assertThat(from.seed()).isEqualTo(7);
    assertThat(from.winner().family()).isEqualTo("mlp");
    assertThat(from.build().version()).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(from.build().engines()).containsKeys("djl", "pytorch", "onnxruntime");
    assertThat(from.platform().java()).startsWith("25");
    assertThat(from.platform().threads()).isPositive();
    assertThat(from.gates().verdicts()).hasSize(2);
  }

  @Test
  void register_writesACardWithEverythingEscaped() {
    registry.register(request("credit-1", null, trained("credit-1", "a")));

    String card =
        new String(
            store.get("models/credit/versions/1/card.html").orElseThrow(), StandardCharsets.UTF_8);
    assertThat(card)
        .contains("credit, version 1", "It won &lt;b&gt;by far&lt;/b&gt;.", "0.7751", "Limits")
        .doesNotContain("<b>by far", "http://", "https://");
  }

  @Test
  void register_keepsTheReference_ofFeaturesAndScores() {
    registry.register(request("credit-1", null, trained("credit-1", "a")));

    Profile reference =
        Profile.fromJson(store.get("models/credit/versions/1/reference.json").orElseThrow());
    assertThat(reference.column("AGE").orElseThrow().count()).isEqualTo(40);
    assertThat(reference.column("default")).as("no request has the target").isEmpty();
    NumberProfile scores =
        (NumberProfile) reference.column(ObjectRegistry.PREDICTION).orElseThrow();
    assertThat(scores.count()).isEqualTo(4);
    assertThat(scores.max()).isEqualTo(0.4);
  }

  @Test
  void register_again_answersTheVersionItHas_forTheRunAndItsSuccessor() {
    PackageRef candidate = trained("credit-1", "a");
    ModelRef first = registry.register(request("credit-1", null, candidate));
    List<String> before = store.list("");

    assertThat(registry.register(request("credit-1", null, candidate))).isEqualTo(first);
    assertThat(registry.register(request("credit-2", "credit-1", candidate))).isEqualTo(first);
    assertThat(store.list("")).isEqualTo(before);
  }

  @Test
  void register_ofAnotherRunOrPackage_takesTheNextNumber() {
    PackageRef a = trained("credit-1", "a");

    registry.register(request("credit-1", null, a));
    ModelRef second = registry.register(request("credit-2", null, a));
    ModelRef third = registry.register(request("credit-2", null, trained("credit-2", "b")));

    assertThat(second.version()).isEqualTo(2);
    assertThat(third.version()).isEqualTo(3);
    assertThat(models.versions("credit"))
        .extracting(VersionEntry::version)
        .containsExactly(1, 2, 3);
  }

  @Test
  void register_thatDiedBeforeTheEnd_isNotSeen_andEndsWhenRepeated() {
    PackageRef candidate = trained("credit-1", "a");
    registry.register(request("credit-1", null, candidate));
    store.delete("models/credit/versions/1/version.json");
    store.delete("models/credit/versions/1/reference.json");

    assertThat(models.versions("credit")).isEmpty();
    assertThat(models.names()).isEmpty();
    assertThatThrownBy(() -> models.lineage("credit-1")).hasMessageContaining("lineage: credit-1");
    now = START.plus(Duration.ofDays(1));
    ModelRef version = registry.register(request("credit-1", null, candidate));

    assertThat(version.version()).isEqualTo(1);
    assertThat(models.version("credit", 1).orElseThrow().created()).isEqualTo(START);
    assertThat(store.get("models/credit/versions/1/reference.json")).isPresent();
  }

  @Test
  void register_fromManyAtOnce_givesEachRunOneNumber() {
    List<PackageRef> packages =
        IntStream.range(0, 6).mapToObj(i -> trained("credit-" + i, "p" + i)).toList();

    List<Integer> numbers =
        IntStream.range(0, 12)
            .parallel()
            .mapToObj(i -> request("credit-" + i % 6, null, packages.get(i % 6)))
            .map(request -> registry.register(request).version())
            .toList();

    assertThat(numbers.stream().distinct()).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
    assertThat(models.versions("credit")).hasSize(6);
  }

  @Test
  void register_ofAPackageThatIsNotWhatItSays_isRefused() {
    PackageRef lie = new PackageRef(trained("credit-1", "a").prefix(), "e".repeat(64), 10);

    assertThatThrownBy(() -> registry.register(request("credit-1", null, lie)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT));
    assertThat(models.versions("credit")).isEmpty();
  }

  private AliasEntry point(ModelRef version, String key) {
    return registry.point(new PointRequest("credit", "champion", version, key, "because"));
  }

  @Test
  void point_movesTheAlias_andKeepsItsHistory() {
    ModelRef one = registry.register(request("credit-1", null, trained("credit-1", "a")));
    ModelRef two = registry.register(request("credit-2", null, trained("credit-2", "b")));
    AliasQuery query = new AliasQuery("credit", "champion");
    assertThat(registry.current(query)).isEqualTo(new AliasState(null, null));

    AliasEntry first = point(one, "k1");
    now = START.plusSeconds(60);
    AliasEntry second = point(two, "k2");
    now = START.plusSeconds(120);

    assertThat(point(one, "k1")).isEqualTo(first);
    assertThat(point(two, "again")).isEqualTo(second);
    assertThat(registry.current(query)).isEqualTo(new AliasState(second, first));
    assertThat(models.aliases("credit")).containsExactly("champion");
    assertThat(models.history("credit", "champion")).containsExactly(first, second);
  }

  @Test
  void at_findsWhatWasChampionThen() {
    ModelRef one = registry.register(request("credit-1", null, trained("credit-1", "a")));
    ModelRef two = registry.register(request("credit-2", null, trained("credit-2", "b")));
    for (int i = 0; i < 9; i++) {
      now = START.plusSeconds(60L * i);
      point(i % 2 == 0 ? one : two, "k" + i);
    }

    assertThat(models.at("credit", "champion", START.minusMillis(1))).isEmpty();
    for (int i = 0; i < 9; i++) {
      for (int second : new int[] {0, 1, 59}) {
        assertThat(models.at("credit", "champion", START.plusSeconds(60L * i + second)))
            .hasValueSatisfying(entry -> assertThat(entry.key()).startsWith("k"))
            .map(AliasEntry::seq)
            .contains(i + 1L);
      }
    }
    assertThat(models.at("credit", "champion", START.plus(Duration.ofDays(9))).orElseThrow().seq())
        .isEqualTo(9);
  }

  @Test
  void point_afterTheClockWasSetBack_staysSearchable() {
    ModelRef one = registry.register(request("credit-1", null, trained("credit-1", "a")));
    ModelRef two = registry.register(request("credit-2", null, trained("credit-2", "b")));
    point(one, "k1");
    now = START.minusSeconds(3600);

    assertThat(point(two, "k2").at()).isEqualTo(START);
  }

  @Test
  void point_atWhatDoesNotExist_isRefused() {
    ModelRef unknown = new ModelRef("credit", 9, "a".repeat(64));

    assertThatThrownBy(() -> point(unknown, "k"))
        .hasMessageContaining("version: credit@9 (expected: a registered version)")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
    ModelRef one = registry.register(request("credit-1", null, trained("credit-1", "a")));
    assertThatThrownBy(
            () -> registry.point(new PointRequest("credit", "../x", one, "k", "because")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alias: ../x");
    assertThat(store.list("models/credit/aliases/")).isEmpty();
  }

  @Test
  void lineage_isFoundFromEitherEnd() {
    ModelRef one = registry.register(request("credit-1", null, trained("credit-1", "a")));
    ModelRef two = registry.register(request("credit-2", null, trained("credit-2", "b")));
    point(two, "k1");

    assertThat(models.lineage("credit"))
        .extracting(Models.Lineage::version)
        .containsExactly(one, two);
    assertThat(models.lineage(DATASET.digest())).hasSize(2);
    assertThat(models.lineage("dddddddd")).hasSize(2);
    assertThat(models.lineage("credit-2"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.version()).isEqualTo(two);
              assertThat(line.aliases()).containsExactly("champion");
              assertThat(line.datasetDigest()).isEqualTo(DATASET.digest());
            });
    assertThat(models.lineage("credit@1"))
        .singleElement()
        .satisfies(line -> assertThat(line.aliases()).isEmpty());
    for (String unknown : List.of("credit@7", "nobody", "e".repeat(64), "../etc", "a@b@c")) {
      assertThatThrownBy(() -> models.lineage(unknown))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
    }
  }
}
