package io.millrace.inference.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The graph of an ONNX file (onnx.ai, "ONNX IR"), as far as inference needs it: nodes in the order
 * they run, constants, and the ports. Subgraphs, sparse and external tensors are refused.
 *
 * @param operators version of each domain's set of operators; the default domain is ""
 * @param constants by name
 */
public record OnnxFile(
    Map<String, Long> operators,
    List<Node> nodes,
    Map<String, Tensor> constants,
    List<Port> inputs,
    List<Port> outputs) {
  /** Element type of float32 tensors. */
  public static final int FLOAT = 1;

  /** Element type of int64 tensors. */
  public static final int INT64 = 7;

  /**
   * A node.
   *
   * @param inputs names; "" for an optional one that is not given
   */
  public record Node(
      String domain,
      String operator,
      List<String> inputs,
      List<String> outputs,
      Map<String, Attribute> attributes) {}

  /** An attribute: the field of its type holds it, the others are 0 or empty. */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Attribute(
      float number, long whole, String text, float[] numbers, long[] wholes, List<String> texts) {}

  /**
   * A constant: {@code numbers} for {@link #FLOAT}, {@code wholes} for {@link #INT64}, the other is
   * empty; both are for every other type.
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Tensor(int type, long[] shape, float[] numbers, long[] wholes) {
    /** Number of elements that the shape says. */
    public long size() {
      long size = 1;
      for (long dimension : shape) {
        size = Math.multiplyExact(size, dimension);
      }
      return size;
    }
  }

  /**
   * An input or output.
   *
   * @param shape -1 for a dimension that varies
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Port(String name, int type, long[] shape) {}

  /**
   * @throws OnnxInvalid when the bytes are no ONNX file or hold what is not read here
   */
  public static OnnxFile read(byte[] bytes) {
    OnnxFile file =
        new OnnxFile(
            new HashMap<>(),
            new ArrayList<>(),
            new HashMap<>(),
            new ArrayList<>(),
            new ArrayList<>());
    try {
      WireReader model = new WireReader(bytes);
      for (int field = model.next(); field != 0; field = model.next()) {
        switch (field) {
          case 7 -> file.graph(model.message());
          case 8 -> file.operatorSet(model.message());
          default -> model.skip();
        }
      }
    } catch (ArithmeticException | IndexOutOfBoundsException e) {
      throw new OnnxInvalid("graph: " + e.getMessage() + " (expected: an ONNX file)");
    }
    if (file.nodes.isEmpty()) {
      throw new OnnxInvalid("graph: no node (expected: one or more)");
    }
    return file;
  }

  private void operatorSet(WireReader in) {
    String domain = "";
    long version = 0;
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> domain = in.text();
        case 2 -> version = in.whole();
        default -> in.skip();
      }
    }
    operators.put(domain, version);
  }

  private void graph(WireReader in) {
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> nodes.add(node(in.message()));
        case 5 -> tensor(in.message());
        case 11 -> inputs.add(port(in.message()));
        case 12 -> outputs.add(port(in.message()));
        case 15 -> throw new OnnxInvalid("graph: a sparse tensor (expected: dense ones)");
        default -> in.skip();
      }
    }
  }

  private static Node node(WireReader in) {
    Node node = new Node("", "", new ArrayList<>(), new ArrayList<>(), new HashMap<>());
    String operator = "";
    String domain = "";
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> node.inputs.add(in.text());
        case 2 -> node.outputs.add(in.text());
        case 4 -> operator = in.text();
        case 5 -> attribute(in.message(), node.attributes);
        case 7 -> domain = in.text();
        default -> in.skip();
      }
    }
    return new Node(domain, operator, node.inputs, node.outputs, node.attributes);
  }

  private static void attribute(WireReader in, Map<String, Attribute> into) {
    String name = "";
    float number = 0;
    long whole = 0;
    String text = "";
    WireReader.Numbers numbers = new WireReader.Numbers();
    WireReader.Wholes wholes = new WireReader.Wholes();
    List<String> texts = new ArrayList<>();
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> name = in.text();
        case 2 -> number = in.number();
        case 3 -> whole = in.whole();
        case 4 -> text = in.text();
        case 7 -> in.numbers(numbers);
        case 8 -> in.wholes(wholes);
        case 9 -> texts.add(in.text());
        case 6, 11 -> throw new OnnxInvalid("graph: a subgraph (expected: none)");
        default -> in.skip();
      }
    }
    into.put(
        name,
        new Attribute(
            number, whole, text, numbers.toArray(), wholes.toArray(), List.copyOf(texts)));
  }

  private void tensor(WireReader in) {
    String name = "";
    int type = 0;
    WireReader.Wholes shape = new WireReader.Wholes();
    WireReader.Numbers numbers = new WireReader.Numbers();
    WireReader.Wholes wholes = new WireReader.Wholes();
    byte[] raw = new byte[0];
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case 1 -> in.wholes(shape);
        case 2 -> type = (int) in.whole();
        case 4 -> in.numbers(numbers);
        case 7 -> in.wholes(wholes);
        case 8 -> name = in.text();
        case 9 -> raw = in.raw();
        case 13, 14 -> throw new OnnxInvalid("graph: " + name + " lies in another file");
        default -> in.skip();
      }
    }
    ByteBuffer packed = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    float[] floats = numbers.toArray();
    long[] listed = wholes.toArray();
    if (raw.length > 0 && type == FLOAT) {
      FloatBuffer all = packed.asFloatBuffer();
      floats = new float[all.remaining()];
      all.get(floats);
    } else if (raw.length > 0 && type == INT64) {
      LongBuffer all = packed.asLongBuffer();
      listed = new long[all.remaining()];
      all.get(listed);
    }
    Tensor tensor = new Tensor(type, shape.toArray(), floats, listed);
    long there = type == FLOAT ? floats.length : type == INT64 ? listed.length : tensor.size();
    if (there != tensor.size()) {
      throw new OnnxInvalid(
          "graph: %s has %d values (expected: %d)".formatted(name, there, tensor.size()));
    }
    constants.put(name, tensor);
  }

  private static Port port(WireReader in) {
    String name = "";
    int type = 0;
    WireReader.Wholes shape = new WireReader.Wholes();
    for (int field = in.next(); field != 0; field = in.next()) {
      if (field == 1) {
        name = in.text();
      } else if (field == 2) {
        WireReader kinds = in.message();
        for (int kind = kinds.next(); kind != 0; kind = kinds.next()) {
          if (kind != 1) {
            throw new OnnxInvalid("graph: " + name + " is no tensor (expected: one)");
          }
          WireReader tensor = kinds.message();
          for (int part = tensor.next(); part != 0; part = tensor.next()) {
            switch (part) {
              case 1 -> type = (int) tensor.whole();
              case 2 -> shape(tensor.message(), shape);
              default -> tensor.skip();
            }
          }
        }
      } else {
        in.skip();
      }
    }
    return new Port(name, type, shape.toArray());
  }

  private static void shape(WireReader in, WireReader.Wholes into) {
    for (int field = in.next(); field != 0; field = in.next()) {
      if (field != 1) {
        in.skip();
        continue;
      }
      WireReader dimension = in.message();
      long size = -1;
      for (int part = dimension.next(); part != 0; part = dimension.next()) {
        if (part == 1) {
          size = dimension.whole();
        } else {
          dimension.skip();
        }
      }
      into.add(size);
    }
  }
}
