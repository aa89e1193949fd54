package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Look;
import io.millrace.activities.data.RawColumn.Seen;
import org.jspecify.annotations.Nullable;

/** What was seen of the values of each column so far. */
final class ColumnLooks {
  /** {@link FieldStates#SAYS} of all of a column's fields together. */
  final byte[] said;

  final long[] missing;

  /** What all values of a column are thought to be; null where nothing is, or one is not. */
  final @Nullable SureTexts[] thought;

  /** The column whose numbers may grow from row to row; none: -1. */
  final int id;

  private boolean ascending = true;
  private long last = Long.MIN_VALUE;

  ColumnLooks(@Nullable SureTexts[] thought, int id) {
    this.said = new byte[thought.length];
    this.missing = new long[thought.length];
    this.thought = thought.clone();
    this.id = id;
  }

  /** A field has ended in a state. */
  void ended(int column, int state) {
    said[column] |= FieldStates.SAYS[state];
    if (state == FieldStates.START) {
      missing[column]++;
    }
  }

  /** Fields have ended that say something together, so many of them empty. */
  void ended(int column, int says, int empty) {
    said[column] |= (byte) (says | (empty > 0 ? FieldStates.MISSING : 0));
    missing[column] += empty;
  }

  /**
   * A value of the {@link #id}.
   *
   * @param number its bytes as if all were digits: a sign makes it a number below all without one,
   *     and different ones stay different
   */
  void grows(long number) {
    ascending &= number > last;
    last = number;
  }

  Seen seen(int column) {
    Look look = FieldStates.look(said[column]);
    boolean whole = look == Look.WHOLE || look == Look.PLAIN_WHOLE;
    // of one column alone an empty line may be no row
    boolean known = look != Look.ANY && (missing[column] == 0 || said.length > 1);
    return new Seen(
        look, known ? missing[column] : -1, column == id && whole && ascending, thought[column]);
  }
}
