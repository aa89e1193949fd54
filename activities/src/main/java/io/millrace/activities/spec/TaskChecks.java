package io.millrace.activities.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/** What a task needs of {@code data}, and what only makes sense for it. */
final class TaskChecks {
  private static final List<String> BLOCKS = List.of("forecast", "recommend", "image");

  /** Columns of one picture (64 x 64 in colour); with more every column's profile costs minutes. */
  static final int MOST_PIXELS = 12_288;

  private TaskChecks() {}

  static void run(Findings found) {
    String task = found.text("task");
    for (String block : BLOCKS) {
      String path = "data." + block;
      JsonNode value = found.at(path);
      if (task.equals(block)) {
        found.check(
            !value.isMissingNode(),
            path,
            value,
            SpecSchema.expected(SpecSchema.TREE.path("$defs").path(block)));
      } else {
        found.check(value.isMissingNode(), path, value, "nothing, unless task is " + block);
      }
    }
    JsonNode images = found.at("data.source.images");
    found.check(
        images.isMissingNode() || task.equals("image"),
        "data.source.images",
        images,
        "nothing, unless task is image");
    switch (task) {
      case "forecast" -> forecast(found);
      case "recommend" -> recommend(found);
      case "image" -> image(found);
      default -> {}
    }
  }

  private static void forecast(Findings found) {
    JsonNode time = found.at("data.time");
    found.check(!time.isMissingNode(), "data.time", time, "the column of the row's time");
    JsonNode kind = found.at("data.split.kind");
    // stratified is refused for every target that is a number
    found.check(
        List.of("time", "stratified").contains(kind.asText("time")),
        "data.split.kind",
        kind,
        "time for a forecast");
    JsonNode column = found.at("data.split.column");
    found.check(
        column.isMissingNode() || column.asText("").equals(time.asText("")),
        "data.split.column",
        column,
        "the same as data.time, or nothing");
    JsonNode horizon = found.at("data.forecast.horizon");
    JsonNode lags = found.at("data.forecast.lags");
    for (int i = 0; i < lags.size(); i++) {
      found.check(
          !lags.path(i).isNumber() || lags.path(i).asLong() >= horizon.asLong(1),
          Places.item("data.forecast.lags", i),
          lags.path(i),
          "at least horizon, which is " + horizon + ": younger values are not known yet");
    }
    another(found, "data.forecast.series", Set.of("target", "time", "id"));
    JsonNode recent = found.at("retraining.data.reference-plus-last");
    found.check(
        recent.isMissingNode(),
        "retraining.data.reference-plus-last",
        recent,
        "nothing for a forecast: the source is read again");
  }

  private static void recommend(Findings found) {
    another(found, "data.recommend.user", Set.of("target", "time", "id"));
    another(found, "data.recommend.item", Set.of("target", "time", "id"));
    JsonNode item = found.at("data.recommend.item");
    found.check(
        item.isMissingNode() || !item.equals(found.at("data.recommend.user")),
        "data.recommend.item",
        item,
        "another column than user");
    JsonNode kind = found.at("data.split.kind");
    found.check(
        List.of("stratified", "time").contains(kind.asText("time")),
        "data.split.kind",
        kind,
        "stratified (within each user) or time: users of the test split must be known");
    for (String key : List.of("user", "item")) {
      String name = found.text("data.recommend." + key);
      JsonNode type = found.at("data.columns").path(name);
      found.check(
          !type.asText("").equals("number"),
          Places.child("data.columns", name),
          type,
          "category, or nothing: it names the " + key);
    }
  }

  private static void image(Findings found) {
    JsonNode paths = found.at("data.image.paths");
    JsonNode pixels = found.at("data.image.pixels");
    boolean folders = !found.at("data.source.images").isMissingNode();
    found.check(
        pixels.isMissingNode() || paths.isMissingNode(),
        "data.image.pixels",
        pixels,
        "one of paths and pixels");
    found.check(
        !folders || paths.isMissingNode(),
        "data.image.paths",
        paths,
        "nothing for data.source.images");
    found.check(
        !folders || pixels.isMissingNode(),
        "data.image.pixels",
        pixels,
        "nothing for data.source.images");
    another(found, "data.image.paths", Set.of("target", "time"));
    another(found, "data.image.pixels", Set.of("target", "time", "id"));
    JsonNode size = found.at("data.image");
    long columns =
        size.path("height").asLong() * size.path("width").asLong() * size.path("channels").asLong();
    found.check(
        columns <= MOST_PIXELS,
        "data.image",
        size,
        "height x width x channels of at most " + MOST_PIXELS);
  }

  private static void another(Findings found, String path, Set<String> keys) {
    JsonNode value = found.at(path);
    for (String key : keys.stream().sorted().toList()) {
      found.check(
          value.isMissingNode() || !value.asText("").equals(found.text("data." + key)),
          path,
          value,
          "another column than data." + key);
    }
  }
}
