package io.millrace.inference.protocol;

import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Named columns of a table in a request, and the feature each one is. */
final class Columns {
  static final int UNKNOWN = -1;
  static final int ENTITY = -2;

  private final Rows rows;
  private final int[] features;

  Columns(Schema schema, List<? extends @Nullable String> names, Rows rows) {
    this.rows = rows;
    features = new int[names.size()];
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < features.length; i++) {
      String name = String.valueOf(names.get(i));
      if (!seen.add(name)) {
        throw new RequestMalformed("column " + name + ": twice (expected: every name once)");
      }
      if (name.equals(Invocations.ENTITY)) {
        features[i] = ENTITY;
        continue;
      }
      features[i] = schema.find(name, i);
      if (features[i] < 0) {
        rows.unknown(name, "a column");
      }
    }
    // told once, for the header, rather than for every row
    for (int i = 0; i < schema.size(); i++) {
      if (!seen.contains(schema.name(i))) {
        rows.problem(schema.name(i), "missing", "a column of this name");
      }
    }
    rows.check();
  }

  int size() {
    return features.length;
  }

  /** Index of the feature, {@link #UNKNOWN} or {@link #ENTITY}. */
  int feature(int column) {
    return features[column];
  }

  /** Ends a row whose values cannot be told apart; the problem was told. */
  void skipRow() {
    for (int i = 0; i < rows.schema().size(); i++) {
      rows.missing(i);
    }
    rows.endRow();
  }
}
