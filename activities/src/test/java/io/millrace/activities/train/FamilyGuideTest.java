package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.metrics.Metrics;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.guide.DescentFamily;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds {@code infra/docs/families.md} against the code. */
class FamilyGuideTest {
  private static final Path ROOT = Path.of(System.getenv("MILLRACE_ROOT"));
  private static final Path PAGE = ROOT.resolve("infra/docs/families.md");
  private static final String BEGIN = "<!-- hyperparameters: FamilyGuideTest writes them -->\n";
  private static final String END = "<!-- hyperparameters end -->";

  @TempDir Path work;

  @Test
  void example_trainsStopsAndResumes_toTheSameGraph() throws Exception {
    ObjectStore store = new FileStore(work.resolve("store"));
    DatasetRef halves =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS x,"
                + " (i * 37 % 101 > 55)::INT::VARCHAR AS y FROM range(500) t(i)",
            List.of("0", "1"));
    Fitted straight = fit(store, request(halves, "calm"), new Interruption());
    Interruption now = new Interruption();
    now.request();
    assertThatThrownBy(() -> fit(store, request(halves, "storm"), now))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SPOT_INTERRUPTED));
    Fitted resumed = fit(store, request(halves, "storm"), new Interruption());
    assertThat(resumed.graph()).isEqualTo(straight.graph());
    Packaging packaging =
        new Packaging(
            new Datasets(store, work),
            new Packages(store, work),
            work,
            new DescentFamily().mismatch());
    assertThat(packaging.publish(request(halves, "calm"), straight, Metrics.ROC_AUC).validation())
        .filteredOn(metric -> metric.name().equals("roc-auc"))
        .singleElement()
        .satisfies(metric -> assertThat(metric.value()).isGreaterThan(0.99));
  }

  @Test
  void page_showsTheExampleThatIsTested() throws Exception {
    String source =
        Files.readString(
            ROOT.resolve(
                "activities/src/test/java/io/millrace/activities/train/guide/DescentFamily.java"));
    String shown =
        source.substring(
            source.indexOf("// guide\n") + "// guide\n".length(), source.indexOf("  // guide end"));
    String page = Files.readString(PAGE);
    if (Boolean.getBoolean("millrace.write-docs")) {
      int from = page.indexOf("```java\n") + "```java\n".length();
      page = page.substring(0, from) + shown + page.substring(page.indexOf("```", from));
      Files.writeString(PAGE, page);
    }
    assertThat(page).contains(shown);
  }

  @Test
  void page_listsEveryHyperparameterOfEveryFamily() throws Exception {
    StringBuilder rows = new StringBuilder(BEGIN);
    for (ModelFamily family :
        ServiceLoader.load(ModelFamily.class).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(java.util.Comparator.comparing(ModelFamily::name))
            .toList()) {
      rows.append("\n**").append(family.name()).append("**\n\n| key | value | default |\n");
      rows.append("|---|---|---|\n");
      for (Hyperparameter each : family.hyperparameters()) {
        String fallback = each.required() ? "required" : String.valueOf(each.fallback());
        rows.append("| `").append(each.name()).append("` | ").append(each.expected());
        rows.append(" | ").append(fallback.isEmpty() ? "" : "`" + fallback + "`").append(" |\n");
      }
    }
    rows.append("\n");
    String page = Files.readString(PAGE);
    if (Boolean.getBoolean("millrace.write-docs")) {
      page = page.substring(0, page.indexOf(BEGIN)) + rows + page.substring(page.indexOf(END));
      Files.writeString(PAGE, page);
    }
    assertThat(page)
        .as(
            "write it again: mvn -pl activities -am test -Dtest=FamilyGuideTest"
                + " -Dtest.jvm=-Dmillrace.write-docs=true")
        .contains(rows + END);
  }

  private static TrialRequest request(DatasetRef dataset, String run) {
    return TrialRequests.of(
        new RunRef(run, "sample", null),
        Task.BINARY,
        dataset,
        new CandidateSpec("descent", Map.of()),
        "roc-auc",
        10,
        Duration.ofHours(1));
  }

  private Fitted fit(ObjectStore store, TrialRequest request, Interruption interruption) {
    CheckpointStore checkpoints = new CheckpointStore(store, request);
    try (ProgressBoard board =
            new ProgressBoard(0, "descent", "node", request.maxEpochs(), progress -> {});
        CheckpointWriter writer =
            new CheckpointWriter(checkpoints, request.checkpoint().every(), board::saved)) {
      return new DescentFamily()
          .fit(
              new Trial(
                  request,
                  new Hyperparameters(Map.of("rate", 1.0)),
                  Metrics.ROC_AUC,
                  new Datasets(store, work),
                  work,
                  checkpoints,
                  writer,
                  board,
                  interruption));
    }
  }
}
