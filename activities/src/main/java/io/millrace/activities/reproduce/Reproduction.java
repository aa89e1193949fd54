package io.millrace.activities.reproduce;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.Provenance;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.activities.reproduce.Comparison.Difference;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds what is needed to train a version again, and compares the two packages. */
public final class Reproduction {
  /** Parts of {@code model.json} as a person calls them. */
  private static final Map<String, String> PARTS =
      Map.of(
          "graph", "weights (" + PackageFiles.GRAPH + ")",
          "encodings", "encodings (preprocessing)",
          "features", "features (columns and their ranges)",
          "output", "output (classes and threshold)");

  /** What of a difference is shown. */
  private static final int CHARACTERS = 160;

  private final ObjectStore store;
  private final Path scratch;

  public Reproduction(ObjectStore store, Path scratch) {
    this.store = store;
    this.scratch = scratch;
  }

  /**
   * @param request as it was asked, in a run of its own
   */
  public record Recipe(VersionEntry version, Provenance.Training training, TrialRequest request) {}

  /**
   * What a version was made of; all of it is there.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND} with everything that is
   *     missing, {@code STORE_CORRUPT} when a record is not what its digest says
   */
  public Recipe recipe(String name, int number) {
    Models models = new Models(store);
    VersionEntry version =
        models
            .version(name, number)
            .orElseThrow(
                () ->
                    missing(
                        "version: " + name + "@" + number + " (expected: a registered version)"));
    Provenance provenance =
        models
            .provenance(name, number)
            .orElseThrow(() -> missing("provenance: none of " + version.ref()));
    Provenance.Training training = provenance.training();
    if (training == null || training.request() == null) {
      throw missing(
          "provenance: of "
              + version.ref()
              + " does not hold what its trial was asked (expected: a version whose run's records"
              + " were there when it was registered)");
    }
    TrialRequest asked = training.request();
    List<String> gone = new ArrayList<>(data(asked.dataset()));
    for (String file : List.of(PackageFiles.MANIFEST, PackageFiles.GRAPH)) {
      if (store.sizeBytes(version.prefix() + file).isEmpty()) {
        gone.add(store.location(version.prefix() + file));
      }
    }
    if (!gone.isEmpty()) {
      throw missing(
          version.ref()
              + ": cannot be trained again, its dataset version "
              + asked.dataset().name()
              + " "
              + asked.dataset().digest().substring(0, 12)
              + " or package is not whole (expected: "
              + String.join(", ", gone)
              + ")");
    }
    return new Recipe(version, training, again(asked));
  }

  /** Under another run: no checkpoint of the first training may be found. */
  private static TrialRequest again(TrialRequest asked) {
    Map<String, Object> fields = new TreeMap<>(fields(asked));
    fields.put("run", new RunRef("reproduce", asked.model(), null));
    return PayloadJson.mapper().convertValue(fields, TrialRequest.class);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(TrialRequest asked) {
    return PayloadJson.mapper().convertValue(asked, Map.class);
  }

  /** Objects of a dataset version that are not there. */
  private List<String> data(DatasetRef dataset) {
    String manifest = dataset.prefix() + Datasets.MANIFEST;
    if (store.sizeBytes(manifest).isEmpty()) {
      return List.of(store.location(manifest));
    }
    return new Datasets(store, scratch)
        .manifest(dataset).parts().stream()
            .map(part -> part.key(dataset))
            .filter(key -> store.sizeBytes(key).isEmpty())
            .map(store::location)
            .toList();
  }

  /**
   * Compares.
   *
   * @param where the store that holds {@code again}
   */
  public Comparison compare(Recipe recipe, ObjectStore where, PackageRef again) {
    List<Difference> elsewhere =
        Machines.differences(recipe.training().attempts(), Platform.current(), Build.current());
    VersionEntry version = recipe.version();
    if (version.digest().equals(again.digest())) {
      return new Comparison(version.ref(), again.digest(), true, List.of(), null, 0, elsewhere);
    }
    Path registered = new Packages(store, scratch).fetch(version.prefix(), version.digest());
    Path here = new Packages(where, scratch).fetch(again.prefix(), again.digest());
    DatasetRef dataset = recipe.request().dataset();
    double worst = -1;
    int rows = 0;
    try (ModelRuntime one = DatasetScorer.open(registered);
        ModelRuntime two = DatasetScorer.open(here)) {
      float[] then = scores(one, dataset);
      float[] now = scores(two, dataset);
      if (then.length == now.length && one.outputs() == two.outputs()) {
        rows = then.length / one.outputs();
        for (int i = 0; i < then.length; i++) {
          worst = Math.max(worst, Math.abs((double) then[i] - now[i]));
        }
      }
    }
    return new Comparison(
        version.ref(),
        again.digest(),
        false,
        differences(registered, here),
        worst < 0 ? null : Double.valueOf(worst),
        rows,
        elsewhere);
  }

  private float[] scores(ModelRuntime runtime, DatasetRef dataset) {
    DatasetScorer scorer = new DatasetScorer(store, scratch);
    Table rows =
        scorer.rows(dataset, DatasetManifest.VALIDATION, DatasetScorer.columns(runtime.manifest()));
    return DatasetScorer.score(runtime, rows);
  }

  private static List<Difference> differences(Path registered, Path here) {
    JsonNode then = manifest(registered);
    JsonNode now = manifest(here);
    Set<String> names = new TreeSet<>();
    then.fieldNames().forEachRemaining(names::add);
    now.fieldNames().forEachRemaining(names::add);
    List<Difference> found = new ArrayList<>();
    for (String name : names) {
      JsonNode one = then.path(name);
      JsonNode two = now.path(name);
      if (!one.equals(two)) {
        found.add(
            new Difference(
                PARTS.getOrDefault(name, name), first(one, two, one), first(one, two, two)));
      }
    }
    return found;
  }

  /** Of lists the first element that differs, else the whole, short enough to read. */
  private static String first(JsonNode one, JsonNode two, JsonNode shown) {
    if (one.isArray() && two.isArray()) {
      for (int i = 0; i < Math.max(one.size(), two.size()); i++) {
        if (!one.path(i).equals(two.path(i))) {
          return cut("[" + i + "] " + shown.path(i));
        }
      }
    }
    return cut(shown.toString());
  }

  private static String cut(String text) {
    return text.length() <= CHARACTERS ? text : text.substring(0, CHARACTERS - 1) + "…";
  }

  private static JsonNode manifest(Path folder) {
    try {
      return PayloadJson.mapper()
          .readTree(Files.readAllBytes(folder.resolve(PackageFiles.MANIFEST)));
    } catch (IOException e) {
      throw new UncheckedIOException("package: " + folder + " (expected: a manifest)", e);
    }
  }

  private static RuntimeException missing(String message) {
    return Failures.of(FailureType.NOT_FOUND, message);
  }
}
