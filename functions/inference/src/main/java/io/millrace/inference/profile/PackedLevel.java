package io.millrace.inference.profile;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One level of a quantile sketch as JSON: base64 of its values as little-endian doubles, ascending;
 * or, when that is shorter, {@code {"values": …, "times": …}}, each different value once and how
 * often it is there as little-endian whole numbers of 32 bits. A picture's pixels are thousands of
 * values of which few are different.
 */
final class PackedLevel {
  private static final String VALUES = "values";
  private static final String TIMES = "times";

  private PackedLevel() {}

  /**
   * @param sorted ascending
   */
  static void write(double[] sorted, JsonGenerator out) throws IOException {
    int different = 0;
    for (int i = 0; i < sorted.length; i++) {
      different += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
    }
    // 12 bytes for each different value against 8 for every one
    if (different * 12L >= sorted.length * 8L) {
      out.writeBinary(packed(sorted, sorted.length));
      return;
    }
    double[] values = new double[different];
    ByteBuffer times = ByteBuffer.allocate(4 * different).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (int from = 0; from < sorted.length; ) {
      int to = from;
      while (to < sorted.length && sorted[to] == sorted[from]) {
        to++;
      }
      values[at++] = sorted[from];
      times.putInt(to - from);
      from = to;
    }
    out.writeStartObject();
    out.writeBinaryField(VALUES, packed(values, different));
    out.writeBinaryField(TIMES, times.array());
    out.writeEndObject();
  }

  /**
   * The values, in the order they were written.
   *
   * @param most values there can be
   * @throws IllegalArgumentException for anything else than {@link #write} makes, or more values
   */
  static double[] read(JsonNode node, String at, long most) throws IOException {
    if (!node.isObject()) {
      byte[] packed = ProfileJson.binary(node, at);
      if (packed.length / 8 > most) {
        throw ProfileJson.bad(at, packed.length / 8 + " values", "as many rows as count");
      }
      return unpacked(packed, at);
    }
    double[] values = unpacked(ProfileJson.binary(node.path(VALUES), at + ".values"), at);
    byte[] packed = ProfileJson.binary(node.path(TIMES), at + ".times");
    if (packed.length != values.length * 4) {
      throw ProfileJson.bad(at + ".times", packed.length + " bytes", "4 for each value");
    }
    ByteBuffer times = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    long all = 0;
    for (int i = 0; i < values.length; i++) {
      int some = times.getInt(4 * i);
      all += some;
      if (some < 1 || all > most) {
        throw ProfileJson.bad(at + ".times", some, "> 0, together as many rows as count");
      }
    }
    // a sketch never holds more, whatever count says; a larger array would be somebody's bomb
    if (all > 8L * QuantileSketch.K) {
      throw ProfileJson.bad(at + ".times", all + " values", "at most " + 8 * QuantileSketch.K);
    }
    double[] whole = new double[(int) all];
    int from = 0;
    for (int i = 0; i < values.length; i++) {
      int to = from + times.getInt(4 * i);
      java.util.Arrays.fill(whole, from, to, values[i]);
      from = to;
    }
    return whole;
  }

  private static byte[] packed(double[] values, int count) {
    ByteBuffer packed = ByteBuffer.allocate(count * 8).order(ByteOrder.LITTLE_ENDIAN);
    packed.asDoubleBuffer().put(values, 0, count);
    return packed.array();
  }

  private static double[] unpacked(byte[] packed, String at) {
    if (packed.length % 8 != 0) {
      throw ProfileJson.bad(at, packed.length + " bytes", "a multiple of 8");
    }
    double[] values = new double[packed.length / 8];
    ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }
}
