package io.millrace.infra.it;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.workflows.ref.DatasetRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a dataset of {@link TinyTable}'s columns holds. */
final class StoredRows {
  private StoredRows() {}

  /** Every different row as text, and the splits it is in. */
  static Map<String, Set<String>> splits(Datasets datasets, DatasetRef dataset) {
    Map<String, Set<String>> splits = new HashMap<>();
    for (String split :
        List.of(DatasetManifest.TRAIN, DatasetManifest.VALIDATION, DatasetManifest.TEST)) {
      Table table = datasets.read(dataset, split, List.of("amount", "plan", "member", "y"));
      for (int i = 0; i < table.rows(); i++) {
        splits.computeIfAbsent(text(table, i), row -> new TreeSet<>()).add(split);
      }
    }
    return splits;
  }

  private static String text(Table table, int row) {
    StringBuilder text = new StringBuilder();
    for (String name : table.names()) {
      Object value =
          switch (table.column(name)) {
            case Table.Numbers numbers -> numbers.values()[row];
            case Table.Categories categories -> categories.values()[row];
          };
      text.append(value).append('|');
    }
    return text.toString();
  }
}
