package io.millrace.activities.spec;

import java.util.List;
import java.util.Map;

/** Which metrics fit a task, which way is better and where they can lie. */
public final class TaskMetrics {
  private static final Map<String, List<String>> BY_TASK =
      Map.of(
          "binary", List.of("roc-auc", "log-loss", "accuracy", "f1"),
          "multiclass", List.of("log-loss", "accuracy", "f1"),
          "regression", List.of("rmse", "mae", "r2"),
          "forecast", List.of("rmse", "mae", "r2", "skill"),
          "recommend", List.of("rmse", "mae", "r2", "ndcg@10", "recall@10"),
          "image", List.of("log-loss", "accuracy", "f1"));
  private static final List<String> LESS_IS_BETTER = List.of("log-loss", "rmse", "mae");
  private static final List<String> SHARES =
      List.of("roc-auc", "accuracy", "f1", "ndcg@10", "recall@10");
  private static final List<String> BESIDE = List.of("skill", "ndcg@10", "recall@10");

  private TaskMetrics() {}

  /** Empty for a word that is no task. */
  public static List<String> of(String task) {
    return BY_TASK.getOrDefault(task, List.of());
  }

  public static boolean lessIsBetter(String metric) {
    return LESS_IS_BETTER.contains(metric);
  }

  /** True when the metric lies between 0 and 1. */
  public static boolean share(String metric) {
    return SHARES.contains(metric);
  }

  /** True when labels and scores do not tell it: the rows of a dataset version are needed too. */
  public static boolean beside(String metric) {
    return BESIDE.contains(metric);
  }

  /** What ranks trials when the spec does not say. */
  public static String objective(String task) {
    return switch (task) {
      case "multiclass", "image" -> "log-loss";
      case "regression", "recommend" -> "rmse";
      case "forecast" -> "mae";
      default -> "roc-auc";
    };
  }

  /** {@code max} or {@code min}. */
  public static String goal(String metric) {
    return lessIsBetter(metric) ? "min" : "max";
  }
}
