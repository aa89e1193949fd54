package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.metrics.Beside;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.RecommendSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecommendIngestTest {
  @TempDir Path root;
  private Ingests ingests;

  @BeforeEach
  void open() throws Exception {
    ingests = new Ingests(root);
    ingests.task = Task.RECOMMEND;
    ingests.target = "rating";
    ingests.split = new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7);
    ingests.recommend = new RecommendSpec("who", "what", null);
    StringBuilder csv = new StringBuilder("who,what,rating\n");
    for (int user = 0; user < 60; user++) {
      // some have one rating only
      for (int item = 0; item <= user % 12; item++) {
        csv.append("%d,%d,%d%n".formatted(1000 + user, item * 7 % 40, 1 + (user + item) % 5));
      }
    }
    ingests.csv(csv.toString());
  }

  @Test
  void ingest_stratifiedByUser_trainsOnEachUser() {
    IngestResult result = ingests.run();
    Datasets datasets = new Datasets(ingests.store, root.resolve("read"));
    Table train = datasets.read(result.dataset(), DatasetManifest.TRAIN);
    Table test = datasets.read(result.dataset(), DatasetManifest.TEST);
    Set<String> known = new HashSet<>(Arrays.asList(train.categories("who")));

    assertThat(known).hasSize(60);
    assertThat(known).containsAll(Arrays.asList(test.categories("who")));
    assertThat((double) test.rows() / result.rowsRead()).isCloseTo(0.2, within(0.02));
  }

  @Test
  void ingest_ofNumbersAsNames_takesThemAsNames_andKnowsWhoseRowsAreRanked() {
    IngestResult result = ingests.run();
    Datasets datasets = new Datasets(ingests.store, root.resolve("read"));
    DatasetManifest manifest = datasets.manifest(result.dataset());
    Table train = datasets.read(result.dataset(), DatasetManifest.TRAIN);
    Table test = datasets.read(result.dataset(), DatasetManifest.TEST);

    assertThat(manifest.column("who").orElseThrow().type()).isEqualTo(ColumnType.CATEGORY);
    assertThat(manifest.column("what").orElseThrow().type()).isEqualTo(ColumnType.CATEGORY);
    assertThat(manifest.column("rating").orElseThrow().type()).isEqualTo(ColumnType.NUMBER);
    assertThat(manifest.ranking().user()).isEqualTo("who");
    assertThat(manifest.ranking().relevant())
        .isEqualTo(Arrays.stream(train.numbers("rating")).average().orElseThrow());
    Beside beside = Beside.of(manifest, test);
    assertThat(Arrays.stream(beside.groups()).distinct().count())
        .isEqualTo(Arrays.stream(test.categories("who")).distinct().count());
  }
}
