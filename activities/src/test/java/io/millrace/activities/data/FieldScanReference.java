package io.millrace.activities.data;

import io.millrace.activities.data.RawColumn.Seen;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link FieldScan} has to find, byte after byte and in one place. */
final class FieldScanReference {
  private FieldScanReference() {}

  static List<Seen> looks(
      List<Path> files, CsvHeader dialect, boolean header, @Nullable SureTexts[] thought, int id)
      throws IOException {
    byte delimiter = (byte) dialect.delimiter();
    byte[] next = new FieldStates(delimiter).next;
    int width = thought.length;
    int[] said = new int[width];
    long[] missing = new long[width];
    @Nullable SureTexts[] sure = thought.clone();
    boolean ascending = true;
    long last = Long.MIN_VALUE;
    for (Path file : files) {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      boolean head = header;
      int column = 0;
      int state = FieldStates.START;
      StringBuilder field = new StringBuilder();
      for (char b : (text + "\n").toCharArray()) {
        int then = next[state << 8 | b];
        if (then != FieldStates.END) {
          state = then;
          field.append(b);
          continue;
        }
        boolean empty = column == 0 && state == FieldStates.START && b != delimiter;
        if (!head && (!empty || width == 1)) {
          said[column] |= FieldStates.SAYS[state];
          if (state == FieldStates.START) {
            missing[column]++;
          } else {
            if (sure[column] != null && !is(sure[column], field)) {
              sure[column] = null;
            }
            if (column == id) {
              long number = number(field);
              ascending &= number > last;
              last = number;
            }
          }
        }
        field.setLength(0);
        state = FieldStates.START;
        if (b == delimiter) {
          column++;
        } else if (!empty) {
          if (column != width - 1) {
            return Collections.nCopies(width, Seen.NOTHING);
          }
          column = 0;
          head = false;
        }
        if (column == width) {
          return Collections.nCopies(width, Seen.NOTHING);
        }
      }
    }
    List<Seen> seen = new ArrayList<>();
    for (int c = 0; c < width; c++) {
      RawColumn.Look look = FieldStates.look(said[c]);
      boolean known = look != RawColumn.Look.ANY && (missing[c] == 0 || width > 1);
      boolean whole = new Seen(look, 0).whole();
      seen.add(new Seen(look, known ? missing[c] : -1, c == id && whole && ascending, sure[c]));
    }
    return seen;
  }

  private static boolean is(SureTexts texts, CharSequence field) {
    int place = 0;
    for (int i = 0; i < field.length(); i++) {
      place = texts.next[place << 8 | field.charAt(i)];
    }
    return texts.ends(place);
  }

  private static long number(CharSequence field) {
    long number = 0;
    for (int i = 0; i < field.length(); i++) {
      number = number * 10 + field.charAt(i) - '0';
    }
    return number;
  }
}
