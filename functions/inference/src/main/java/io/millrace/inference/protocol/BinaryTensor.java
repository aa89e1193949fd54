package io.millrace.inference.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of the protocol's binary tensor data extension: little-endian, row-major, without gaps;
 * BYTES as a length of 4 bytes before each text. Bytes have no word for a missing value.
 */
final class BinaryTensor {
  private BinaryTensor() {}

  /** Bytes of one value; 0 for BYTES, which have none in common; -1 for what is no datatype. */
  static int width(String datatype) {
    return switch (datatype) {
      case "BOOL", "INT8", "UINT8" -> 1;
      case "INT16", "UINT16", "FP16" -> 2;
      case "INT32", "UINT32", "FP32" -> 4;
      case "INT64", "UINT64", "FP64" -> 8;
      case "BYTES" -> 0;
      default -> -1;
    };
  }

  /**
   * Takes a tensor's values from behind the JSON.
   *
   * @param sizeBytes what the JSON says
   * @throws RequestMalformed when they are not there, or no whole number of values
   */
  static List<@Nullable Object> take(
      ByteBuffer behind, String name, String datatype, long sizeBytes, int maxRows) {
    if (sizeBytes < 0 || sizeBytes > behind.remaining()) {
      throw new RequestMalformed(
          name
              + ": binary_data_size "
              + sizeBytes
              + " (expected: at most the "
              + behind.remaining()
              + " bytes that are left behind the JSON)");
    }
    ByteBuffer own =
        behind.slice(behind.position(), (int) sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    behind.position(behind.position() + (int) sizeBytes);
    int width = width(datatype);
    if (width < 0) {
      throw Tensor.unknown(name, datatype);
    }
    if (width > 0 && sizeBytes % width != 0) {
      throw new RequestMalformed(
          name
              + ": "
              + sizeBytes
              + " bytes (expected: a multiple of "
              + width
              + ", "
              + datatype
              + ")");
    }
    if (width > 0 && sizeBytes / width > maxRows) {
      throw Invocations.tooMany(maxRows);
    }
    List<@Nullable Object> values = new ArrayList<>(width > 0 ? (int) sizeBytes / width : 8);
    while (own.hasRemaining()) {
      if (values.size() == maxRows) {
        throw Invocations.tooMany(maxRows);
      }
      values.add(value(own, name, datatype, values.size()));
    }
    return values;
  }

  private static Object value(ByteBuffer own, String name, String datatype, int row) {
    return switch (datatype) {
      case "BOOL" -> own.get() != 0;
      case "INT8" -> (long) own.get();
      case "UINT8" -> (long) (own.get() & 0xff);
      case "INT16" -> (long) own.getShort();
      case "UINT16" -> (long) (own.getShort() & 0xffff);
      case "INT32" -> (long) own.getInt();
      case "UINT32" -> own.getInt() & 0xffff_ffffL;
      case "INT64" -> own.getLong();
      case "UINT64" -> {
        long bits = own.getLong();
        yield bits >= 0 ? (Object) bits : (Object) ((bits >>> 1) * 2.0);
      }
      case "FP16" -> (double) Float.float16ToFloat(own.getShort());
      case "FP32" -> (double) own.getFloat();
      case "FP64" -> own.getDouble();
      default -> text(own, name + "[" + row + "]");
    };
  }

  private static String text(ByteBuffer own, String at) {
    if (own.remaining() < 4) {
      throw new RequestMalformed(
          at + ": " + own.remaining() + " bytes (expected: a length of 4 bytes and a text)");
    }
    int length = own.getInt();
    if (length < 0 || length > own.remaining()) {
      throw new RequestMalformed(
          at + ": length " + length + " (expected: 0.." + own.remaining() + ", what is left)");
    }
    ByteBuffer text = own.slice(own.position(), length);
    own.position(own.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw new RequestMalformed(at + ": not UTF-8 (expected: text in UTF-8)");
    }
  }
}
