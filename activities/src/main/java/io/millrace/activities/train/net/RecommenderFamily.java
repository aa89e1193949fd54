package io.millrace.activities.train.net;

import ai.djl.ndarray.types.Shape;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.activities.train.TabularData;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.RecommendSpec;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The rating a user gives an item: {@link Factorisation}, and a small dense net over whatever other
 * features there are, added to it. Who or what was never seen counts as the average stranger, whose
 * row is trained by forgetting a share of the ids at random.
 */
public final class RecommenderFamily extends NetFamily {
  private static final Pattern COLUMN = Pattern.compile("(?s).*");

  @Override
  public String name() {
    return "recommender";
  }

  @Override
  public Set<Task> tasks() {
    return Set.of(Task.RECOMMEND, Task.REGRESSION);
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Text("user", "", false, COLUMN, "a category column's name"),
        new Hyperparameter.Text("item", "", false, COLUMN, "a category column's name"),
        new Hyperparameter.Whole("dimension", 16, 1, 1024),
        new Hyperparameter.Real("unseen", 0.05, 0, 1, true),
        new Hyperparameter.Whole("levels", 1_000_000, 1, Encoding.Index.MOST),
        new Hyperparameter.Wholes("hidden", List.of(32), 1, 4096, 8),
        new Hyperparameter.Real("dropout", 0.1, 0, 1, true),
        new Hyperparameter.Real("learning-rate", 0.01, 1e-7, 1, false),
        new Hyperparameter.Real("weight-decay", 0.1, 0, 10, false),
        new Hyperparameter.Whole("bins", 16, 0, 128));
  }

  @Override
  Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset) {
    List<String> categories =
        dataset.features().stream()
            .filter(column -> column.type() == ColumnType.CATEGORY)
            .map(ColumnInfo::name)
            .toList();
    if (categories.size() < 2) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "category columns: " + categories + " (expected: two or more, of users and of items)");
    }
    RecommendSpec declared = data.recommend();
    String wantedItem = wanted(values.text("item"), declared == null ? "" : declared.item());
    String wantedUser = wanted(values.text("user"), declared == null ? "" : declared.user());
    String user = chosen("user", wantedUser, categories, wantedItem);
    String item = chosen("item", wantedItem, categories, user);
    return new Plan(
        EncodingPlan.indexed(
            values.whole("bins"), MANY_LEVELS, values.whole("levels"), Set.of(user, item)),
        (table, outputs) -> layers(values, table, user, item),
        values.real("learning-rate"),
        values.real("weight-decay"));
  }

  /** What the candidate says, else what the data declare. */
  private static String wanted(String candidate, String declared) {
    return candidate.isEmpty() ? declared : candidate;
  }

  /** The column that is named, else the first that is not the other one. */
  private static String chosen(String key, String name, List<String> categories, String other) {
    if (name.isEmpty()) {
      return categories.stream().filter(each -> !each.equals(other)).findFirst().orElseThrow();
    }
    if (!categories.contains(name) || name.equals(other)) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          key
              + ": "
              + name
              + " (expected: one of the category columns "
              + categories
              + ", and another than "
              + (key.equals("user") ? "item" : "user")
              + ")");
    }
    return name;
  }

  private static List<Layer> layers(
      Hyperparameters values, TabularData data, String user, String item) {
    List<String> names = data.features().stream().map(Feature::name).toList();
    int userAt = names.indexOf(user);
    int itemAt = names.indexOf(item);
    Layer ratings =
        new Factorisation(
            inputs(data.encodings(), userAt),
            positions(data.encodings(), userAt),
            inputs(data.encodings(), itemAt),
            positions(data.encodings(), itemAt),
            values.whole("dimension"),
            values.real("unseen"));
    List<Embeddings.Field> others = Embeddings.fields(data.encodings(), Set.of(userAt, itemAt), 0);
    if (others.isEmpty()) {
      return List.of(ratings);
    }
    List<Layer> tower = new ArrayList<>();
    tower.add(new Embeddings(others, values.real("unseen")));
    tower.addAll(MlpFamily.hidden(values.wholes("hidden"), values.real("dropout")));
    tower.add(new Layer.Dense(1, true));
    return List.of(new Sum(new Shape(data.width()), List.of(List.of(ratings), tower)));
  }

  /** Inputs before a column's. */
  private static int inputs(List<Encoding> encodings, int column) {
    return encodings.subList(0, column).stream().mapToInt(Encoding::width).sum();
  }

  private static int positions(List<Encoding> encodings, int column) {
    return ((Encoding.Categorical) encodings.get(column)).positions();
  }
}
