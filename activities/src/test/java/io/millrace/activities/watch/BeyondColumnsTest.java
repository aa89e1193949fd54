package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.TestDatasets;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.port.watch.WatchActivities.Estimate;
import io.millrace.workflows.port.watch.WatchActivities.MultivariateVerdict;
import io.millrace.workflows.port.watch.WatchActivities.State;
import io.millrace.workflows.port.watch.WatchActivities.WindowReport;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.Task;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real package, its dataset and logged rows, from the store to the verdicts. */
@NullUnmarked // a null here fails the test, as it should
class BeyondColumnsTest {
  /** Labels drawn from what the linear test package itself answers. */
  private static final String QUERY =
      """
      WITH raw AS (
        SELECT i, 20 + (i * 7) % 60 AS age,
          CASE WHEN i % 11 = 0 THEN NULL ELSE 300 + (i * 37) % 1700 END AS income,
          CASE WHEN i % 3 = 0 THEN 'berlin' ELSE 'paris' END AS city
        FROM range(20000) t(i)),
      odds AS (
        SELECT *, 0.5 * (age - 40) / 10 - (coalesce(income, 900) - 1000) / 500
          + CASE WHEN income IS NULL THEN 0.25 ELSE 0 END
          + CASE city WHEN 'berlin' THEN 1 ELSE -1 END AS z
        FROM raw)
      SELECT age, income, city,
        CASE WHEN (hash(i) % 1000000) / 1e6 < 1 / (1 + exp(-z)) THEN 1 ELSE 0 END AS target,
        (hash(i + 77) % 10) AS tenth
      FROM odds\
      """;

  private static final String SPEC =
      """
      model: sample
      task: binary
      data: {source: {csv: data.csv}, target: target, id: id}
      watch: {drift: {multivariate: true}}
      """;

  @TempDir Path folder;
  private ObjectStore store;
  private DatasetRef dataset;
  private WatchedVersion version;
  private Table test;
  private double[] scores;
  private double[] truth;
  private Profile reference;
  private BeyondColumns beyond;

  @BeforeEach
  void open() throws Exception {
    store = backing();
    dataset =
        TestDatasets.publish(
            store, folder.resolve("parts"), Task.BINARY, "target", QUERY, List.of("0", "1"));
    Path dir = TestPackages.linear(folder.resolve("package"));
    ModelManifest manifest =
        ManifestJson.read(Files.readAllBytes(dir.resolve(PackageFiles.MANIFEST)));
    Path scratch = folder.resolve("scratch");
    PackageRef laid = new Packages(store, scratch).publish(dir, "models/sample/versions/1/");
    ModelRef ref = new ModelRef("sample", 1, laid.digest());
    store.put(ref.prefix() + "provenance.json", WatchedStore.json(Map.of("dataset", dataset)));
    Spec spec = SpecParser.parse(SPEC.getBytes(StandardCharsets.UTF_8));
    version = new WatchedVersion(ref, spec, manifest);
    HeldOutRows heldOut = HeldOutRows.read(store, scratch, version);
    test = heldOut.rows();
    scores = heldOut.scores();
    truth = heldOut.truth();
    reference = profile(test, scores, all());
    beyond = beyond(scratch);
  }

  /** What is looked at: the same holds on every store, and whoever reads the rows. */
  ObjectStore backing() {
    return new FileStore(folder.resolve("store"));
  }

  BeyondColumns beyond(Path scratch) {
    return new BeyondColumns(store, scratch);
  }

  @Test
  void heldOutRows_areValidationAndTest_withTheModelsAnswers() {
    DatasetManifest manifest =
        new DatasetScorer(store, folder.resolve("scratch")).manifest(dataset);
    assertThat(test.rows())
        .isEqualTo(
            (int)
                (manifest.rowsOf(DatasetManifest.VALIDATION)
                    + manifest.rowsOf(DatasetManifest.TEST)));
    assertThat(test.names()).containsExactly("age", "income", "city");
    try (ModelRuntime runtime = DatasetScorer.open(folder.resolve("package"))) {
      float[] again = DatasetScorer.score(runtime, test);
      for (int row = 0; row < again.length; row++) {
        assertThat(scores[row]).isEqualTo(again[row]);
      }
    }
    assertThat(truth).contains(0, 1).hasSize(test.rows());
  }

  @Test
  void of_rowsLikeTheReferences_isQuietAndEstimatesWithinItsStatedError() throws Exception {
    List<Integer> rows = all().stream().filter(i -> i % 3 != 0).toList();
    BeyondColumns.Said said = beyond.of(version, window(rows), reference, part -> {});
    assertThat(said.multivariate()).hasSize(2).noneMatch(MultivariateVerdict::drifted);
    double right = 0;
    for (int row : rows) {
      right += scores[row] >= 0.5 == truth[row] > 0.5 ? 1 : 0;
    }
    assertThat(said.estimates()).hasSize(2).allMatch(Estimate::trustworthy);
    Estimate accuracy = said.estimates().getFirst();
    assertThat(right / rows.size())
        .as(accuracy.sentence())
        .isBetween(accuracy.metric().low(), accuracy.metric().high());
    assertThat(said.estimates().get(1).metric().name()).isEqualTo("roc-auc");
    assertThat(beyond.of(version, window(rows), reference, part -> {})).isEqualTo(said);
  }

  @Test
  void of_rowsThatOnlyOneCityHas_callsThemTogether() throws Exception {
    List<Integer> rows =
        all().stream()
            .filter(i -> "berlin".equals(test.categories("city")[i]) == test.numbers("age")[i] > 50)
            .toList();
    BeyondColumns.Said said = beyond.of(version, window(rows), reference, part -> {});
    assertThat(said.multivariate()).anyMatch(MultivariateVerdict::drifted);
    assertThat(said.multivariate().get(1).sentence()).contains("tells the window's rows");
  }

  @Test
  void of_aSpecWithAttribution_saysByWhichColumnsTheModelGoes() throws Exception {
    Spec spec =
        SpecParser.parse(
            SPEC.replace("multivariate: true", "attribution: 0.9")
                .getBytes(StandardCharsets.UTF_8));
    WatchedVersion asked = new WatchedVersion(version.ref(), spec, version.manifest());
    List<Integer> rows = all().stream().filter(i -> i % 3 != 0).toList();
    BeyondColumns.Said said = beyond.of(asked, window(rows), reference, part -> {});
    assertThat(said.multivariate()).hasSize(1);
    MultivariateVerdict same = said.multivariate().getFirst();
    assertThat(same.method()).isEqualTo("attribution");
    assertThat(same.drifted()).as(same.sentence()).isFalse();
    assertThat(same.sentence()).contains("importance for its own scores");
  }

  private WindowReport plain(Window window, int rows) {
    List<ColumnVerdict> verdicts =
        ColumnDrift.verdicts(
            reference, Objects.requireNonNull(window.profile()), version.spec().watch().drift());
    return new WindowReport(
        window.from(), window.to(), 1, rows, State.DRIFTED, verdicts, null, 0, false, "");
  }

  @Test
  void ranked_putsTheColumnFirstWhoseDriftChangesTheEstimateMost() throws Exception {
    List<Integer> rows = all().stream().filter(i -> test.numbers("age")[i] > 55).toList();
    Window window = window(rows);
    WindowReport plain = plain(window, rows.size());
    WindowReport ranked = beyond.ranked(version, window, plain, part -> {});
    assertThat(ranked.columns().getFirst().column()).isEqualTo("age");
    assertThat(ranked.columns().getFirst().impactMetric()).isEqualTo("accuracy");
    Double most = ranked.columns().getFirst().impact();
    assertThat(Math.abs(most)).isGreaterThan(0.002);
    assertThat(ranked.columns())
        .filteredOn(v -> v.column().equals("city"))
        .allSatisfy(v -> assertThat(Math.abs(v.impact())).isLessThan(Math.abs(most)));
    assertThat(ranked.columns())
        .filteredOn(v -> v.column().equals(ColumnDrift.PREDICTION))
        .allSatisfy(v -> assertThat(v.impact()).isNull());
    assertThat(ranked.drifted()).hasSameElementsAs(plain.drifted());
  }

  @Test
  void ranked_whereTheLogHoldsOtherValuesThanTheModelSaw_saysNothing() throws Exception {
    List<Integer> rows = all().stream().filter(i -> test.numbers("age")[i] > 55).toList();
    double[] answered = scores.clone();
    for (int i = 0; i < scores.length; i++) {
      scores[i] = 1 - scores[i];
    }
    Window window = window(rows);
    System.arraycopy(answered, 0, scores, 0, scores.length);
    WindowReport plain = plain(window, rows.size());
    assertThat(beyond.ranked(version, window, plain, part -> {})).isSameAs(plain);
  }

  @Test
  void of_aVersionWhoseDatasetIsGone_saysThatNothingIsEstimated() throws Exception {
    store.put(
        version.ref().prefix() + "provenance.json",
        WatchedStore.json(Map.of("dataset", new DatasetRef("sample", "0".repeat(64), 1))));
    BeyondColumns.Said said =
        beyond(folder.resolve("other")).of(version, window(all()), reference, part -> {});
    assertThat(said.multivariate()).isEmpty();
    assertThat(said.estimates()).hasSize(1);
    assertThat(said.estimates().getFirst().trustworthy()).isFalse();
    assertThat(said.estimates().getFirst().sentence())
        .startsWith("Nothing is estimated:")
        .contains("expected: a published version");
  }

  private List<Integer> all() {
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < test.rows(); i++) {
      rows.add(i);
    }
    return rows;
  }

  /** Logged as a server does. */
  private Window window(List<Integer> rows) throws Exception {
    Instant at = Instant.parse("2026-03-01T12:00:00Z");
    String key = "predictions/sample/1/dt=2026-03-01/hr=12/a-00000001";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (int row : rows) {
        Map<String, @Nullable Object> features = new LinkedHashMap<>();
        for (String name : test.names()) {
          features.put(
              name,
              switch (test.column(name)) {
                case Table.Numbers n ->
                    Double.isNaN(n.values()[row]) ? null : (Object) n.values()[row];
                case Table.Categories c -> c.values()[row];
              });
        }
        out.write(
            WatchedStore.json(Map.of("data", Map.of("features", features, "score", scores[row]))));
        out.write('\n');
      }
    }
    store.put(key + ".jsonl.gz", bytes.toByteArray());
    return new Window(at, at, 1, rows.size(), List.of(key), profile(test, scores, rows));
  }

  private static Profile profile(Table table, double[] scores, List<Integer> rows) {
    ProfileBuilder builder =
        new ProfileBuilder(
            List.of(
                new Profile.Column("age", Feature.Kind.NUMBER),
                new Profile.Column("income", Feature.Kind.NUMBER),
                new Profile.Column("city", Feature.Kind.CATEGORY),
                new Profile.Column(ColumnDrift.PREDICTION, Feature.Kind.NUMBER)));
    for (int row : rows) {
      builder.add(0, table.numbers("age")[row]);
      builder.add(1, table.numbers("income")[row]);
      builder.add(2, table.categories("city")[row]);
      builder.add(3, scores[row]);
      builder.endRow();
    }
    return builder.build();
  }
}
