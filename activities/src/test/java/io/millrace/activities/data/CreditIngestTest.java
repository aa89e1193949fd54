package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.spec.Rules;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.SourceSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreditIngestTest {
  private Ingests credit(Path root) {
    Ingests credit = new Ingests(root);
    credit.target = "default.payment.next.month";
    credit.id = "ID";
    credit.specLocation = Ingests.examples().resolve("credit/pipeline.yaml").toString();
    return credit.from(new SourceSpec("data/UCI_Credit_Card.uci-layout.csv.gz", null, null));
  }

  @Test
  void ingest_ofTheCreditTable_publishesStratifiedSplitsExactToARow(@TempDir Path root) {
    Ingests credit = credit(root);
    credit.expectations.add(Rules.on("AGE").range(18.0, 70.0).then(OnBreak.DROP, 0.005));

    IngestResult result = credit.run();

    assertThat(result.rowsRead()).isEqualTo(30_000);
    long kept = 30_000 - result.rowsQuarantined();
    assertThat(result.dataset().rows()).isEqualTo(kept);
    assertThat(result.splits())
        .isEqualTo(
            Map.of(
                "train",
                kept - Math.round(kept * 0.2) - Math.round(kept * 0.1),
                "validation",
                Math.round(kept * 0.1),
                "test",
                Math.round(kept * 0.2)));
    assertThat(result.privacy()).isEmpty();

    Datasets datasets = new Datasets(credit.store, root.resolve("reader"));
    DatasetManifest manifest = datasets.manifest(result.dataset());
    assertThat(manifest.classes()).containsExactly("0", "1");
    assertThat(manifest.features()).hasSize(23).allMatch(c -> c.type() == ColumnType.NUMBER);
    assertThat(manifest.column("ID").orElseThrow().role()).isEqualTo(Role.ID);
    assertThat(manifest.column("AGE").orElseThrow().allowedMin()).isEqualTo(18);
    Table test = datasets.read(result.dataset(), "test");
    double positive = Arrays.stream(Datasets.labels(manifest, test)).average().orElseThrow();
    assertThat(positive).isBetween(0.2210, 0.2214);
    Table train = datasets.read(result.dataset(), "train", List.of("LIMIT_BAL", "ID"));
    assertThat(train.rows()).isEqualTo((int) manifest.rowsOf("train"));
    assertThat(train.categories("ID")[0]).isEqualTo("2");
    assertThat(train.numbers("LIMIT_BAL")[0]).isEqualTo(120_000);
    assertThat(train.categories("ID")).doesNotHaveDuplicates();
  }

  @Test
  void ingest_ofTheSameBytes_givesTheSameDigestAndAddsNothing(@TempDir Path root) throws Exception {
    Ingests credit = credit(root.resolve("a"));
    IngestResult first = credit.run();
    List<String> keys = credit.keys();
    IngestResult again = credit.run();
    IngestResult elsewhere = credit(root.resolve("b")).run();

    assertThat(again).isEqualTo(first);
    assertThat(elsewhere).isEqualTo(first);
    assertThat(credit.keys()).isEqualTo(keys);
    assertThat(credit.scraps()).isEmpty();
  }
}
