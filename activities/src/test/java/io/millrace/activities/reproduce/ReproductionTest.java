package io.millrace.activities.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.Provenance;
import io.millrace.activities.reproduce.Comparison.Difference;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.OverlayStore;
import io.millrace.activities.train.FamilyTrainer;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproductionTest {
  @TempDir Path folder;
  private FileStore store;
  private RegisteredModel model;
  private Reproduction reproduction;

  @BeforeEach
  void register() throws Exception {
    store = new FileStore(folder.resolve("store"));
    model = RegisteredModel.in(store, folder);
    reproduction = new Reproduction(store, folder.resolve("scratch"));
  }

  @Test
  void recipe_holdsWhatWasAskedAndWhatItRanOn() {
    Provenance.Training training =
        Objects.requireNonNull(new Models(store).provenance("sample", 1).orElseThrow().training());
    assertThat(training.request()).isEqualTo(model.request());
    assertThat(training.attempts()).extracting(Provenance.Attempt::node).containsExactly("node-a");
    assertThat(training.attempts().getFirst().platform()).isEqualTo(Platform.current());

    Reproduction.Recipe recipe = reproduction.recipe("sample", 1);

    assertThat(recipe.request().run().runId()).isEqualTo("reproduce");
    assertThat(recipe.request().seed()).isEqualTo(model.request().seed());
    assertThat(recipe.request().dataset()).isEqualTo(model.request().dataset());
  }

  @Test
  void compare_ofTheSameTraining_isTheSame_andTheStoreIsAsItWas() {
    List<String> before = store.list("");
    Reproduction.Recipe recipe = reproduction.recipe("sample", 1);
    FileStore beside = new FileStore(folder.resolve("beside"));
    TrialResult again =
        new FamilyTrainer(new OverlayStore(store, beside), folder.resolve("scratch"), "here")
            .fit(recipe.request(), progress -> {});

    Comparison comparison = reproduction.compare(recipe, beside, again.model());

    assertThat(comparison.same()).isTrue();
    assertThat(comparison.again()).isEqualTo(model.version().digest());
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.elsewhere()).isEmpty();
    assertThat(store.list("")).isEqualTo(before);
  }

  @Test
  void compare_ofOtherWeights_saysWhichPartsAndHowFarTheScoresAreApart() throws Exception {
    ObjectNode provenance = model.provenance();
    ObjectNode platform =
        (ObjectNode) provenance.path("training").path("attempts").path(0).path("platform");
    platform.putArray("cpuFlags").add("avx9");
    model.rewrite(provenance);
    TrialResult other = model.train(model.seeded(8));

    Comparison comparison =
        reproduction.compare(reproduction.recipe("sample", 1), store, other.model());

    assertThat(comparison.same()).isFalse();
    assertThat(comparison.differences())
        .extracting(Difference::what)
        .contains("weights (model.onnx)")
        .doesNotContain("encodings (preprocessing)");
    assertThat(comparison.apart()).isBetween(1e-6, 1.0);
    assertThat(comparison.rows()).isEqualTo(400);
    assertThat(comparison.elsewhere())
        .containsExactly(
            new Difference("CPU flags", "avx9", String.join(" ", Platform.current().cpuFlags())));
  }

  @Test
  void recipe_withoutItsData_namesEachMissingObject() {
    List<String> parts =
        store.list(model.request().dataset().prefix()).stream()
            .filter(key -> key.endsWith(".parquet"))
            .toList();
    assertThat(parts).hasSize(3);
    store.delete(parts.getFirst());
    store.delete(parts.getLast());

    assertThatThrownBy(() -> reproduction.recipe("sample", 1))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND))
        .hasMessageContaining("sample@1: cannot be trained again")
        .hasMessageContaining(store.location(parts.getFirst()))
        .hasMessageContaining(store.location(parts.getLast()));

    store.delete(model.request().dataset().prefix() + "manifest.json");
    assertThatThrownBy(() -> reproduction.recipe("sample", 1))
        .hasMessageContaining(model.request().dataset().prefix() + "manifest.json");
  }

  @Test
  void recipe_withoutWhatWasAsked_saysSo() throws Exception {
    ObjectNode provenance = model.provenance();
    ((ObjectNode) provenance.path("training")).remove("request");
    model.rewrite(provenance);

    assertThatThrownBy(() -> reproduction.recipe("sample", 1))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND))
        .hasMessageContaining("sample@1 does not hold what its trial was asked");
    assertThatThrownBy(() -> reproduction.recipe("sample", 2))
        .hasMessageContaining("version: sample@2 (expected: a registered version)");
  }
}
