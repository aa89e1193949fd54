package io.millrace.inference.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the Open Inference Protocol v2 as a client writes and reads them, with its binary
 * tensor data extension: JSON first, the tensors' bytes behind it, little-endian.
 */
final class TensorBodies {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TensorBodies() {}

  /**
   * @param headerLength bytes of the JSON in front; null when there is nothing behind it
   */
  @SuppressWarnings("ArrayRecordComponent") // written here, sent at once
  record Request(byte[] body, @Nullable Integer headerLength) {}

  static Request write(List<InputTensor> inputs, String requestId, boolean binary) {
    ObjectNode root = JSON.createObjectNode().put("id", requestId);
    ArrayNode tensors = root.putArray("inputs");
    ByteArrayOutputStream behind = new ByteArrayOutputStream();
    boolean anyBinary = false;
    for (InputTensor input : inputs) {
      ObjectNode tensor = tensors.addObject().put("name", input.name());
      tensor.putArray("shape").add(input.values().size());
      tensor.put("datatype", input.datatype());
      if (binary && !input.hasMissing()) {
        byte[] bytes = bytes(input);
        tensor.putObject("parameters").put("binary_data_size", bytes.length);
        behind.writeBytes(bytes);
        anyBinary = true;
      } else {
        ArrayNode data = tensor.putArray("data");
        input.values().forEach(data::addPOJO);
      }
    }
    if (binary) {
      root.putObject("parameters").put("binary_data_output", true);
    }
    byte[] head = bytes(root);
    if (!anyBinary) {
      return new Request(head, null);
    }
    byte[] body = java.util.Arrays.copyOf(head, head.length + behind.size());
    System.arraycopy(behind.toByteArray(), 0, body, head.length, behind.size());
    return new Request(body, head.length);
  }

  private static byte[] bytes(InputTensor input) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (Object value : input.values()) {
      switch (value) {
        case Number number when input.datatype().equals("FP64") ->
            out.writeBytes(eight.putDouble(0, number.doubleValue()).array());
        case Number number when input.datatype().equals("INT64") ->
            out.writeBytes(eight.putLong(0, number.longValue()).array());
        case Number number when input.datatype().equals("FP32") ->
            out.write(eight.putFloat(0, number.floatValue()).array(), 0, 4);
        case Boolean bool when input.datatype().equals("BOOL") -> out.write(bool ? 1 : 0);
        case String text when input.datatype().equals("BYTES") -> {
          byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
          out.write(eight.putInt(0, utf8.length).array(), 0, 4);
          out.writeBytes(utf8);
        }
        case null, default ->
            throw new IllegalArgumentException(
                input.name() + ": " + value + " (expected: " + input.datatype() + ")");
      }
    }
    return out.toByteArray();
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("inputs: cannot be written as JSON", e);
    }
  }

  /**
   * @param headerLength as the answer's header said; null when all of it is JSON
   * @throws IOException when it is no such answer
   */
  static TensorAnswer read(byte[] body, @Nullable Integer headerLength) throws IOException {
    int length = headerLength == null ? body.length : headerLength;
    if (length < 0 || length > body.length) {
      throw new IOException("answer: " + length + " bytes of JSON in " + body.length);
    }
    JsonNode root = JSON.readTree(body, 0, length);
    ByteBuffer behind =
        ByteBuffer.wrap(body, length, body.length - length).order(ByteOrder.LITTLE_ENDIAN);
    Map<String, TensorAnswer.Output> outputs = new HashMap<>();
    for (JsonNode tensor : root.path("outputs")) {
      List<Long> shape = new ArrayList<>();
      tensor.path("shape").forEach(size -> shape.add(size.asLong()));
      String datatype = tensor.path("datatype").asText();
      JsonNode size = tensor.path("parameters").path("binary_data_size");
      List<Object> values =
          size.isInt() ? values(behind, size.asInt(), datatype) : values(tensor.path("data"));
      outputs.put(tensor.path("name").asText(), new TensorAnswer.Output(datatype, shape, values));
    }
    String version = root.path("model_version").asText("");
    return new TensorAnswer(
        root.path("id").asText(),
        root.path("model_name").asText(),
        version.matches("[1-9][0-9]{0,8}") ? Integer.valueOf(version) : null,
        outputs);
  }

  private static List<Object> values(JsonNode data) {
    List<Object> values = new ArrayList<>();
    for (JsonNode value : data) {
      if (value.isArray()) {
        values.addAll(values(value));
      } else if (value.isNumber()) {
        values.add(value.asDouble());
      } else if (value.isBoolean()) {
        values.add(value.asBoolean());
      } else {
        values.add(value.asText());
      }
    }
    return values;
  }

  private static List<Object> values(ByteBuffer behind, int size, String datatype)
      throws IOException {
    if (size < 0 || size > behind.remaining()) {
      throw new IOException("answer: " + size + " bytes of a tensor, " + behind.remaining());
    }
    ByteBuffer own = behind.slice(behind.position(), size).order(ByteOrder.LITTLE_ENDIAN);
    behind.position(behind.position() + size);
    List<Object> values = new ArrayList<>();
    try {
      while (own.hasRemaining()) {
        values.add(
            switch (datatype) {
              case "FP32" -> (double) own.getFloat();
              case "FP64" -> own.getDouble();
              case "INT64" -> (double) own.getLong();
              case "INT32" -> (double) own.getInt();
              case "BOOL" -> own.get() != 0;
              case "BYTES" -> {
                int length = own.getInt();
                if (length < 0 || length > own.remaining()) {
                  throw new IOException("answer: a text of " + length + " bytes");
                }
                byte[] text = new byte[length];
                own.get(text);
                yield new String(text, StandardCharsets.UTF_8);
              }
              default -> throw new IOException("answer: datatype " + datatype);
            });
      }
    } catch (java.nio.BufferUnderflowException e) {
      throw new IOException("answer: half a value of " + datatype, e);
    }
    return values;
  }
}
