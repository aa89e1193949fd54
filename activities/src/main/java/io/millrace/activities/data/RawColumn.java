package io.millrace.activities.data;

import java.util.Locale;

/**
 * A column as the source gives it; in SQL it is called {@code c<index>}, so that no name from data
 * is ever part of a statement.
 *
 * @param family what the values are before anything is inferred
 * @param plain its numbers were {@link PlainNumbers} in the source: nothing about their texts is to
 *     be asked
 */
record RawColumn(int index, String name, Family family, boolean plain) {
  RawColumn(int index, String name, Family family) {
    this(index, name, family, false);
  }

  enum Family {
    TEXT,
    NUMBER,
    BOOLEAN,
    TIME,
    /** Lists, structures and the like: excluded. */
    OTHER
  }

  String sql() {
    return "c" + index;
  }

  static Family familyOf(String sqlType) {
    String type = sqlType.toUpperCase(Locale.ROOT);
    if (type.endsWith("]") || type.startsWith("STRUCT") || type.startsWith("MAP")) {
      return Family.OTHER;
    }
    if (type.startsWith("DECIMAL")
        || type.endsWith("INT")
        || type.endsWith("INTEGER")
        || type.equals("FLOAT")
        || type.equals("DOUBLE")) {
      return Family.NUMBER;
    }
    if (type.equals("BOOLEAN")) {
      return Family.BOOLEAN;
    }
    if (type.equals("DATE") || type.startsWith("TIMESTAMP")) {
      return Family.TIME;
    }
    boolean text = type.equals("VARCHAR") || type.equals("UUID") || type.startsWith("ENUM");
    return text ? Family.TEXT : Family.OTHER;
  }
}
