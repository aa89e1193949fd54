package io.millrace.inference.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks the fields of one protobuf message (protobuf.dev, "Encoding"). After {@link #next} exactly
 * one of the reading methods follows, or {@link #skip}. Not thread-safe.
 */
final class WireReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final ByteBuffer bytes;
  private int wire;

  WireReader(byte[] bytes) {
    this(ByteBuffer.wrap(bytes));
  }

  private WireReader(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of the next field; 0 at the end. */
  int next() {
    if (!bytes.hasRemaining()) {
      return 0;
    }
    long key = varint();
    wire = (int) (key & 7);
    long field = key >>> 3;
    if (field < 1 || field > 536_870_911) {
      throw new OnnxInvalid("graph: field " + field + " (expected: 1..536870911)");
    }
    return (int) field;
  }

  void skip() {
    switch (wire) {
      case VARINT -> varint();
      case FIXED64 -> take(8);
      case BYTES -> take(length());
      case FIXED32 -> take(4);
      default -> throw new OnnxInvalid("graph: wire type " + wire + " (expected: 0, 1, 2 or 5)");
    }
  }

  long whole() {
    expect(VARINT);
    return varint();
  }

  float number() {
    expect(FIXED32);
    return take(4).getFloat();
  }

  String text() {
    return new String(raw(), StandardCharsets.UTF_8);
  }

  byte[] raw() {
    expect(BYTES);
    ByteBuffer part = take(length());
    byte[] raw = new byte[part.remaining()];
    part.get(raw);
    return raw;
  }

  WireReader message() {
    expect(BYTES);
    return new WireReader(take(length()));
  }

  /** Numbers of a repeated field, packed or not. */
  void numbers(Numbers into) {
    if (wire == FIXED32) {
      into.add(number());
      return;
    }
    expect(BYTES);
    FloatBuffer packed = take(length()).asFloatBuffer();
    while (packed.hasRemaining()) {
      into.add(packed.get());
    }
  }

  /** Whole numbers of a repeated field, packed or not. */
  void wholes(Wholes into) {
    if (wire == VARINT) {
      into.add(varint());
      return;
    }
    WireReader packed = message();
    while (packed.bytes.hasRemaining()) {
      into.add(packed.varint());
    }
  }

  private void expect(int type) {
    if (wire != type) {
      throw new OnnxInvalid("graph: wire type " + wire + " (expected: " + type + ")");
    }
  }

  private int length() {
    long length = varint();
    if (length < 0 || length > bytes.remaining()) {
      throw new OnnxInvalid("graph: a part of " + length + " bytes (expected: to end in the file)");
    }
    return (int) length;
  }

  private ByteBuffer take(int length) {
    if (length > bytes.remaining()) {
      throw new OnnxInvalid("graph: cut off (expected: whole)");
    }
    ByteBuffer part = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(bytes.position() + length);
    return part;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!bytes.hasRemaining()) {
        throw new OnnxInvalid("graph: cut off (expected: whole)");
      }
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new OnnxInvalid("graph: a number of more than 10 bytes (expected: at most 10)");
  }

  /** A growing list of numbers. */
  static final class Numbers {
    private float[] values = new float[8];
    private int size;

    void add(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    float[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }

  /** A growing list of whole numbers. */
  static final class Wholes {
    private long[] values = new long[8];
    private int size;

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    long[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }
}
