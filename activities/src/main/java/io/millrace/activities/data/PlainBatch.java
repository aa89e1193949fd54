package io.millrace.activities.data;

/** Some plain rows, and where their fields are. */
final class PlainBatch {
  /** Few enough that their bytes stay near the processor, enough to be worth a loop. */
  static final int ROWS = 256;

  /** May be read a little after the last row. */
  byte[] bytes = {};

  /** Where fields end; a field begins after the end before its own. */
  int[] ends = {};

  /** Of each row, the place in {@link #ends} before those of its fields. */
  final int[] rows = new int[ROWS];

  int count;

  int from(int row, int column) {
    return ends[rows[row] + column] + 1;
  }

  int to(int row, int column) {
    return ends[rows[row] + column + 1];
  }
}
