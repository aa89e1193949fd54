package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.Table;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.Feature;
import io.millrace.workflows.wire.PayloadJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A bounded sample of a window's rows: every row of up to {@value #PARTS} parts, evenly spread over
 * the window, has the same chance (Vitter's algorithm R, 1985, seeded), so that the cost does not
 * grow with the traffic.
 *
 * @param rows the model's columns
 * @param scores what was answered, one for each row
 * @param entities whom a row was about, one for each; empty where that was not logged
 */
record WindowRows(Table rows, double[] scores, List<String> entities) {
  private static final int PARTS = 20;

  /**
   * Reads the sample.
   *
   * @param parts keys, without the ending
   * @param most rows of the sample
   * @param progress told each part
   */
  static WindowRows read(
      ObjectStore store,
      List<String> parts,
      List<Feature> features,
      int most,
      Consumer<String> progress) {
    List<JsonNode> sample = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(parts.size());
    int looked = Math.min(PARTS, parts.size());
    long seen = 0;
    for (int i = 0; i < looked; i++) {
      String key = parts.get((int) ((long) i * parts.size() / looked)) + ".jsonl.gz";
      progress.accept(key);
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(store.open(key)), StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          long at = seen < most ? seen : random.nextLong(seen + 1);
          seen++;
          if (at < most) {
            JsonNode data = PayloadJson.mapper().readTree(line).path("data");
            if (at < sample.size()) {
              sample.set((int) at, data);
            } else {
              sample.add(data);
            }
          }
        }
      } catch (IOException e) {
        throw WatchedVersion.unreadable(key, e);
      }
    }
    return of(sample, features);
  }

  private static WindowRows of(List<JsonNode> sample, List<Feature> features) {
    List<Table.Column> columns = new ArrayList<>();
    for (Feature feature : features) {
      String name = feature.name();
      if (feature.kind() == Feature.Kind.NUMBER) {
        double[] values = new double[sample.size()];
        for (int row = 0; row < values.length; row++) {
          JsonNode value = sample.get(row).path("features").path(name);
          values[row] = value.isNumber() ? value.asDouble() : Double.NaN;
        }
        columns.add(new Table.Numbers(name, values));
      } else {
        @Nullable String[] values = new @Nullable String[sample.size()];
        for (int row = 0; row < values.length; row++) {
          JsonNode value = sample.get(row).path("features").path(name);
          values[row] = value.isTextual() ? value.asText() : null;
        }
        columns.add(new Table.Categories(name, values));
      }
    }
    double[] scores = sample.stream().mapToDouble(d -> d.path("score").asDouble()).toArray();
    List<String> entities = sample.stream().map(d -> d.path("entity").asText("")).toList();
    return new WindowRows(new Table(sample.size(), columns), scores, entities);
  }

  /** At most so many of them, evenly spread. */
  WindowRows few(int most) {
    int size = Math.min(most, rows.rows());
    int[] picked = new int[size];
    Arrays.setAll(picked, i -> (int) ((long) i * rows.rows() / size));
    return only(picked);
  }

  /** Those at these places. */
  WindowRows only(int[] picked) {
    return new WindowRows(
        HeldOutRows.picked(rows, rows.names(), picked),
        Arrays.stream(picked).mapToDouble(i -> scores[i]).toArray(),
        Arrays.stream(picked).mapToObj(entities::get).toList());
  }
}
