package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest.Role;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.Rules;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.PrivacyFinding;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.PrivacySpec.Action;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivacyActionsTest {
  @TempDir private Path root;
  private Ingests ingests;

  @BeforeEach
  void people() throws Exception {
    ingests = new Ingests(root);
    StringBuilder csv = new StringBuilder("a,email,note,y\n");
    for (int i = 0; i < 60; i++) {
      csv.append(i * 7 % 31 + i / 31 * 0.5)
          .append(",person")
          .append(i % 20)
          .append("@example.org,")
          .append(i == 30 ? "call jo@example.org or 4111-1111-1111-1111" : "note " + i % 5)
          .append(',')
          .append(i * 13 % 5 % 2)
          .append('\n');
    }
    ingests.csv(csv.toString());
  }

  private void privacy(Action onFind, Map<String, Action> columns) {
    ingests.privacy = new PrivacySpec("all", onFind, "secret:env:KEY", columns);
  }

  private List<@Nullable String> stored(IngestResult result, String column) {
    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    List<@Nullable String> values = new ArrayList<>();
    for (String split : List.of("train", "validation", "test")) {
      values.addAll(
          Arrays.asList(
              datasets.read(result.dataset(), split, List.of(column)).categories(column)));
    }
    return values;
  }

  private Role role(IngestResult result, String column) {
    return new Datasets(ingests.store, root.resolve("reader"))
        .manifest(result.dataset())
        .column(column)
        .orElseThrow()
        .role();
  }

  /** No object of the store holds the text, in any compression we write. */
  private void nowhere(IngestResult result, String text) throws Exception {
    Assertions.assertThat(result.toString()).doesNotContain(text);
    for (String key : ingests.keys()) {
      byte[] bytes = ingests.store.get(key).orElseThrow();
      Assertions.assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain(text);
    }
  }

  @Test
  void mask_hidesTheColumnAndTheMatchInsideTextAndExcludesTheColumn() throws Exception {
    IngestResult result = ingests.run();

    assertThat(stored(result, "email")).containsOnly("***");
    assertThat(role(result, "email")).isEqualTo(Role.EXCLUDED);
    assertThat(stored(result, "note")).contains("call *** or ***", "note 1");
    assertThat(role(result, "note")).isEqualTo(Role.FEATURE);
    assertThat(result.privacy())
        .containsExactly(
            new PrivacyFinding("email", "email", 60, "mask"),
            new PrivacyFinding("note", "inside-text", 1, "mask"));
    nowhere(result, "example.org");
    assertThat(ingests.scraps()).isEmpty();
  }

  @Test
  void hash_isKeyedAndKeepsEqualValuesEqual() throws Exception {
    privacy(Action.HASH, Map.of());
    IngestResult result = ingests.run();

    List<@Nullable String> hashes = stored(result, "email");
    assertThat(hashes).allMatch(hash -> hash != null && hash.matches("[0-9a-f]{64}"));
    assertThat(hashes.stream().distinct()).hasSize(20);
    assertThat(hashes)
        .contains(
            KeyedDigest.of("secret:env:KEY", "other", new Secrets(Map.of("KEY", Ingests.KEY)))
                .hash("person7@example.org"));
    nowhere(result, "example.org");
    nowhere(result, Ingests.KEY);
  }

  @Test
  void tokenise_isDifferentInAnotherDataset() throws Exception {
    privacy(Action.TOKENISE, Map.of());
    List<@Nullable String> here = stored(ingests.run(), "email");
    ingests.name = "other";
    List<@Nullable String> there = stored(ingests.run(), "email");

    assertThat(here).allMatch(token -> token != null && token.matches("email-[0-9a-f]{16}"));
    assertThat(here).doesNotContainAnyElementsOf(there);
  }

  @Test
  void drop_leavesTheColumnOut() throws Exception {
    privacy(Action.DROP, Map.of("note", Action.ALLOW));
    IngestResult result = ingests.run();

    Datasets datasets = new Datasets(ingests.store, root.resolve("reader"));
    assertThat(datasets.manifest(result.dataset()).column("email")).isEmpty();
    assertThat(stored(result, "note")).contains("call jo@example.org or 4111-1111-1111-1111");
    assertThat(result.privacy()).contains(new PrivacyFinding("note", "inside-text", 1, "allow"));
  }

  @Test
  void block_namesEveryColumnAndStoresNothing() {
    privacy(Action.BLOCK, Map.of());
    assertThatThrownBy(ingests::run)
        .hasMessageContainingAll("email: personal data (email, 60 values)", "note: personal data")
        .hasMessageNotContaining("example.org")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID));
    assertThat(ingests.keys()).isEmpty();
  }

  @Test
  void aMissingKey_isNamedByItsReference() {
    ingests.privacy = new PrivacySpec("all", Action.HASH, "secret:env:NOT_SET", Map.of());
    assertThatThrownBy(ingests::run)
        .hasMessageContainingAll("data.privacy.key: ", "secret:env:NOT_SET (expected: a variable")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
  }

  @Test
  void quarantinedRows_areHiddenToo() throws Exception {
    ingests.expectations.add(Rules.on("a").range(10.0, null).then(OnBreak.DROP, 1));
    IngestResult result = ingests.run();

    assertThat(result.rowsQuarantined()).isPositive();
    String key =
        ingests.keys().stream().filter(k -> k.contains("/quarantine/")).findFirst().orElseThrow();
    Path file = root.resolve("quarantine.parquet");
    ingests.store.fetch(key, file);
    try (var db = io.millrace.activities.dataset.DuckDb.open(1, root)) {
      List<List<@Nullable Object>> rows =
          db.rows("SELECT DISTINCT email, millrace_reason FROM read_parquet('" + file + "')");
      assertThat(rows).containsExactly(List.of("***", "a in [10.0, …]"));
      assertThat(db.number("SELECT count(*) FROM read_parquet('" + file + "')"))
          .isEqualTo(result.rowsQuarantined());
    }
    assertThat(Files.exists(file)).isTrue();
  }

  @Test
  void detectNone_keepsWhatIsNotNamed() throws Exception {
    ingests.privacy = new PrivacySpec("none", Action.MASK, null, Map.of("email", Action.DROP));
    IngestResult result = ingests.run();
    assertThat(result.privacy())
        .containsExactly(new PrivacyFinding("email", "declared", 0, "drop"));
    assertThat(stored(result, "note")).anyMatch(n -> n != null && n.contains("jo@example.org"));
  }
}
