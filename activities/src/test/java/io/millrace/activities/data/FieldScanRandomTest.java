package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.data.RawColumn.Seen;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a scan of many bytes at once finds is what one byte by byte finds. */
class FieldScanRandomTest {
  private static final String[] PIECES = {
    "0",
    "1",
    "7",
    "25",
    "-",
    ".",
    "-0",
    "12345678",
    "a",
    "north",
    " ",
    "\t",
    "@",
    "b.org",
    "\"",
    "\"\"",
    ",",
    ";",
    "|",
    ":",
    "\n",
    "\r",
    "\r\n",
    "\u0000",
    "\u00e9",
    "\u3000",
    "\ufeff",
    "e5",
    "\b",
    "/",
    "ö",
    "¬"
  };
  private static final String[] QUOTED = {
    "\"a b,c\"",
    "\"a\nb\"",
    "\"\"\"a\"\"\"",
    "\"x\"",
    "\"\"\"\"",
    "\"1.5\"",
    "\"\"",
    "\" a\"",
    "\"a \"",
    "\"\u3000\"",
    "\"\"\" \"",
    "\"a\" ",
    "\"a\"b",
    "a\"b\""
  };
  private static final @Nullable SureTexts[] KINDS = {
    null, SureTexts.EMAIL, SureTexts.IPV4, SureTexts.NUMBER
  };

  @TempDir private Path root;

  /** A table of which the columns have their own kinds of values. */
  private record Shape(char delimiter, String end, int[] kinds, boolean header) {
    static Shape of(Random random) {
      int[] kinds = random.ints(1 + random.nextInt(6), 0, 11).toArray();
      String[] ends = {"\n", "\n", "\r\n", "\r"};
      return new Shape(
          ",;\t|:".charAt(random.nextInt(5)), ends[random.nextInt(4)], kinds, random.nextBoolean());
    }

    CsvHeader dialect() {
      return new CsvHeader(delimiter, Arrays.stream(kinds).mapToObj(kind -> "x").toList());
    }

    @Nullable SureTexts[] thought(Random random) {
      SureTexts[] thought = new SureTexts[kinds.length];
      for (int c = 0; c < thought.length; c++) {
        thought[c] = kinds[c] < 4 ? KINDS[kinds[c]] : KINDS[Math.max(0, random.nextInt(12) - 8)];
      }
      return thought;
    }

    String text(Random random, int rows, int odd) {
      StringBuilder text = new StringBuilder();
      for (int row = header ? -1 : 0; row < rows; row++) {
        for (int c = 0; c < kinds.length; c++) {
          text.append(c == 0 ? "" : String.valueOf(delimiter));
          text.append(row < 0 ? "x" : value(random, kinds[c], row, odd));
        }
        text.append(row == rows - 1 && random.nextBoolean() ? "" : end);
      }
      return text.toString();
    }

    private static String value(Random random, int kind, int row, int odd) {
      if (random.nextInt(odd) == 0) {
        return random.nextInt(3) == 0 ? "" : pieces(random);
      }
      int some = random.nextInt(256);
      return switch (kind) {
        case 1 -> "p".repeat(some == 9 ? 70 : 1) + row + (some < 9 ? "@a-b.c1." : "@") + "mail.org";
        case 2 -> "10." + some + "." + random.nextInt(256) + "." + random.nextInt(256);
        case 3 -> String.valueOf(100_000_000L + random.nextLong(1L << 54));
        case 4 -> String.valueOf(row - 3);
        case 5 -> String.valueOf(some - 128);
        case 6 -> String.valueOf(Math.round(random.nextGaussian() * 10_000) / 10_000.0);
        case 7 -> String.valueOf(random.nextGaussian());
        case 8 -> String.valueOf(1_600_000_000_000L + some);
        case 9 -> QUOTED[some % 7 == 0 ? random.nextInt(QUOTED.length) : some % 5];
        case 10 -> "\"\"".substring(some % 3 == 0 ? 0 : 2);
        default -> "abcdefghijklmnop".substring(some % 16);
      };
    }
  }

  private static String pieces(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(4); n >= 0; n--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 40, 1_000_000})
  void looks_ofRandomTables_areThoseOfEachByte(int odd) throws Exception {
    Random random = new Random(odd);
    int told = 0;
    int sure = 0;
    int grown = 0;
    for (int i = 0; i < 1_500; i++) {
      Shape shape = Shape.of(random);
      List<byte[]> texts = new ArrayList<>();
      for (int n = random.nextInt(8) == 0 ? 3 : 1; n > 0; n--) {
        texts.add(shape.text(random, random.nextInt(40), odd).getBytes(StandardCharsets.UTF_8));
      }
      int id = random.nextInt(shape.kinds().length + 1) - 1;
      for (Seen seen : agreed(texts, shape, shape.thought(random), id)) {
        told += seen.equals(Seen.NOTHING) ? 0 : 1;
        sure += seen.hidden() == null ? 0 : 1;
        grown += seen.ascending() ? 1 : 0;
      }
    }
    assertThat(told).isGreaterThan(200);
    assertThat(sure).isGreaterThan(40);
    assertThat(grown).isGreaterThan(20);
  }

  /** Each column has one value, so that none hides what another says. */
  @Test
  void looks_ofSingleValuesLikeNumbers_areThoseOfEachByte() throws Exception {
    String[] pieces = {
      "0", "0", "1", "9", "42", "777", "-", ".", ".", "a", "\u00ba", "\u00c2", "\u0000", ":"
    };
    Random random = new Random(9);
    Shape shape = new Shape(',', "\n", new int[50], false);
    for (int i = 0; i < 1_500; i++) {
      StringBuilder row = new StringBuilder();
      for (int c = 0; c < 50; c++) {
        row.append(c == 0 ? "" : ",").append(c % 3 == 0 ? "-" : "");
        for (int n = random.nextInt(1 + c / 3); n >= 0; n--) {
          row.append(pieces[random.nextInt(c % 2 == 0 ? pieces.length : pieces.length - 5)]);
        }
      }
      byte[] text = row.append('\n').toString().getBytes(StandardCharsets.ISO_8859_1);
      agreed(List.of(text), shape, new SureTexts[50], random.nextInt(50));
    }
  }

  @Test
  void looks_ofDamagedTables_areThoseOfEachByte() throws Exception {
    Random random = new Random(6);
    int broken = 0;
    for (int i = 0; i < 1_500; i++) {
      Shape shape = Shape.of(random);
      byte[] sound = shape.text(random, 300, 1_000_000).getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream damaged = new ByteArrayOutputStream();
      int from = 0;
      for (int n = random.nextInt(3); n >= 0; n--) {
        int at = from + random.nextInt(sound.length - from + 1);
        damaged.write(sound, from, at - from);
        damaged.writeBytes(pieces(random).getBytes(StandardCharsets.UTF_8));
        from = Math.min(sound.length, at + random.nextInt(3));
      }
      damaged.write(sound, from, sound.length - from);
      SureTexts[] thought = shape.thought(random);
      List<Seen> seen = agreed(List.of(damaged.toByteArray()), shape, thought, 0);
      broken += seen.getFirst().equals(Seen.NOTHING) ? 1 : 0;
    }
    assertThat(broken).isBetween(150, 1_200);
  }

  /** Rows and line ends that lie in two buffers, and more rows than go together. */
  @Test
  void looks_ofLongTables_areThoseOfEachByte() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      Shape shape = Shape.of(random);
      int odd = i % 3 == 0 ? 5_000 : 1_000_000;
      byte[] text = shape.text(random, 25_000, odd).getBytes(StandardCharsets.UTF_8);
      agreed(List.of(text), shape, shape.thought(random), 0);
    }
  }

  /** A row longer than a buffer, and more columns than bytes of most rows. */
  @Test
  void looks_ofWideTables_areThoseOfEachByte() throws Exception {
    Random random = new Random(8);
    for (int i = 0; i < 6; i++) {
      int[] kinds = random.ints(60_000, 4, i < 3 ? 6 : 9).toArray();
      Shape shape = new Shape(',', "\n", kinds, false);
      byte[] text = shape.text(random, 5, 1_000_000).getBytes(StandardCharsets.UTF_8);
      agreed(List.of(text), shape, shape.thought(random), 0);
    }
  }

  private List<Seen> agreed(List<byte[]> texts, Shape shape, @Nullable SureTexts[] thought, int id)
      throws Exception {
    List<Path> files = new ArrayList<>();
    for (byte[] text : texts) {
      files.add(Files.write(root.resolve(files.size() + ".csv"), text));
    }
    List<Seen> expected =
        FieldScanReference.looks(files, shape.dialect(), shape.header(), thought, id);
    assertThat(FieldScan.looks(files, shape.dialect(), shape.header(), thought, id))
        .as(() -> shape + "\n" + new String(texts.getFirst(), StandardCharsets.UTF_8))
        .isEqualTo(expected);
    return expected;
  }
}
