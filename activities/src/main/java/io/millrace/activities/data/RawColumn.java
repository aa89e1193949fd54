package io.millrace.activities.data;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A column as the source gives it; in SQL it is called {@code c<index>}, so that no name from data
 * is ever part of a statement.
 *
 * @param family what the values are before anything is inferred
 * @param seen what is known of all values already: nothing about it is to be asked
 */
record RawColumn(int index, String name, Family family, Seen seen) {
  RawColumn(int index, String name, Family family) {
    this(index, name, family, Seen.NOTHING);
  }

  enum Family {
    TEXT,
    NUMBER,
    BOOLEAN,
    TIME,
    /** Lists, structures and the like: excluded. */
    OTHER
  }

  /** What values that are there have in common. */
  enum Look {
    /** Nothing that is known. */
    ANY,
    /** Texts, none of them empty, with no blank at either end. */
    TRIMMED,
    /**
     * Whole numbers of at most fifteen digits, each in its one spelling, {@code 0|-?[1-9][0-9]*}:
     * no codes, which their texts tell from quantities.
     */
    WHOLE,
    /**
     * {@code -?(0|[1-9][0-9]*)(.[0-9]+)?} without quotes, a whole one of at most eight digits: they
     * can neither be codes nor the numbers of cards, persons or telephones.
     */
    PLAIN,
    /** Both. */
    PLAIN_WHOLE
  }

  /**
   * @param missing rows of all that were read that have no value; -1 where that is not known
   * @param ascending whether each value is a whole number greater than those in the rows before
   * @param hidden what all values are, each of which was read as {@link PrivacyActions#MASK}; null
   *     where they were read as they are
   */
  record Seen(Look look, long missing, boolean ascending, @Nullable SureTexts hidden) {
    static final Seen NOTHING = new Seen(Look.ANY, -1);

    Seen(Look look, long missing) {
      this(look, missing, false, null);
    }

    /** Whether every row has a value. */
    boolean full() {
      return missing == 0;
    }

    boolean plain() {
      return look == Look.PLAIN || look == Look.PLAIN_WHOLE;
    }

    boolean whole() {
      return look == Look.WHOLE || look == Look.PLAIN_WHOLE;
    }
  }

  String sql() {
    return "c" + index;
  }

  /** What all its values are that were not kept; null where they are there. */
  @Nullable SureTexts hidden() {
    return seen.hidden();
  }

  /** Whether it was read as plain numbers. */
  boolean plain() {
    return family == Family.NUMBER && seen.plain();
  }

  /** Of texts that are all whole numbers in their one spelling. */
  boolean whole() {
    return family == Family.TEXT && seen.whole();
  }

  /** The text without blanks at its ends. */
  String trimmed() {
    return seen.look() == Look.ANY ? "trim(" + sql() + ")" : sql();
  }

  /** Whether a text is there and not blank; what does not begin with a blank needs no trimming. */
  String present() {
    return seen.full()
        ? "true"
        : seen.look() == Look.ANY
            ? "CASE WHEN %1$s >= '!' THEN true ELSE trim(%1$s) <> '' END".formatted(sql())
            : sql() + " IS NOT NULL";
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
