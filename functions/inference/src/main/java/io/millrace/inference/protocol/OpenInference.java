package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the Open Inference Protocol v2 (REST). A request has one tensor per feature, {@code
 * [N]} or {@code [N,1]}; numbers as FP32, FP64, INT64 and the other number types, texts as BYTES,
 * BOOL or whole numbers; null is missing. A tensor {@code id}, or the request parameter {@code id}
 * for a single row, names the rows for the log. With the binary tensor data extension, tensors'
 * values follow the JSON as bytes, both ways. An answer has the tensors {@code score} and {@code
 * prediction}, and {@code scores} {@code [N,classes]} for multiclass.
 */
public final class OpenInference {
  private static final String ENTITY = "id";
  static final String SCORE = "score";
  static final String PREDICTION = "prediction";
  static final String SCORES = "scores";

  private OpenInference() {}

  /**
   * A body as it came.
   *
   * @param jsonBytes length of the JSON; the tensors' bytes follow it
   */
  @SuppressWarnings("ArrayRecordComponent") // the bytes as they came, read once
  public record Body(byte[] bytes, int jsonBytes) {}

  /**
   * A request.
   *
   * @param id as given; null when the caller gave none
   * @param rows not checked yet
   * @param outputs asked for
   */
  public record Request(@Nullable String id, Rows rows, Outputs outputs) {}

  /** What a request wants back; made by {@link #read}. */
  public static final class Outputs {
    private final WantedOutputs wanted;

    private Outputs(WantedOutputs wanted) {
      this.wanted = wanted;
    }
  }

  /**
   * An answer's body.
   *
   * @param headerLength length of its JSON when tensors' bytes follow it; -1 when none do
   */
  @SuppressWarnings("ArrayRecordComponent") // written here, sent at once
  public record Written(byte[] body, int headerLength) {}

  /**
   * Takes a body apart.
   *
   * @param headerLength the header {@code Inference-Header-Content-Length}; null when all is JSON
   * @throws RequestMalformed when the header is no such length
   */
  public static Body body(byte[] bytes, @Nullable String headerLength) {
    if (headerLength == null) {
      return new Body(bytes, bytes.length);
    }
    String text = headerLength.strip();
    if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > bytes.length) {
      throw new RequestMalformed(
          "inference-header-content-length: "
              + (text.length() > 20 ? text.substring(0, 20) + "…" : text)
              + " (expected: 1.."
              + bytes.length
              + ", the bytes of JSON)");
    }
    return new Body(bytes, Integer.parseInt(text));
  }

  /**
   * @param parser of JSON
   * @throws RequestMalformed when it is no such body
   */
  public static Request read(Body body, Schema schema, int maxRows, JsonInput.Parser parser) {
    ByteBuffer behind =
        ByteBuffer.wrap(body.bytes(), body.jsonBytes(), body.bytes().length - body.jsonBytes());
    Request request =
        Json.read(
            parser, body.bytes(), body.jsonBytes(), in -> request(in, behind, schema, maxRows));
    if (behind.hasRemaining()) {
      throw new RequestMalformed(
          "body: " + behind.remaining() + " bytes behind the tensors (expected: none)");
    }
    return request;
  }

  /** The request id alone, without reading the tensors; empty when there is none. */
  public static Optional<String> id(Body body) {
    return Json.read(
        JsonInput.Parser.JACKSON,
        body.bytes(),
        body.jsonBytes(),
        in -> {
          Optional<String> id = Optional.empty();
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            boolean found = in.currentName().equals("id");
            in.nextToken();
            if (found && in.currentToken() == JsonToken.VALUE_STRING) {
              id = Optional.of(in.getText());
            } else {
              in.skipChildren();
            }
          }
          return id;
        });
  }

  private static Request request(JsonInput in, ByteBuffer behind, Schema schema, int maxRows)
      throws IOException {
    String id = null;
    Parameters parameters = Parameters.NONE;
    List<Tensor> tensors = null;
    Map<String, @Nullable Boolean> outputs = Map.of();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "id" -> {
          Json.expect(in, JsonToken.VALUE_STRING, "id", "text");
          id = in.getText();
        }
        case "parameters" -> parameters = parameters(in);
        case "inputs" -> tensors = inputs(in, behind, schema, maxRows);
        case "outputs" -> outputs = WantedOutputs.read(in);
        default ->
            throw new RequestMalformed(field + ": (expected: id, parameters, inputs or outputs)");
      }
    }
    if (tensors == null || tensors.isEmpty()) {
      throw new RequestMalformed("inputs: missing (expected: one tensor per feature)");
    }
    return new Request(
        id,
        rows(tensors, parameters.entity(), schema),
        new Outputs(WantedOutputs.of(outputs, parameters.binary())));
  }

  private static Rows rows(List<Tensor> tensors, @Nullable String entity, Schema schema) {
    Rows rows = new Rows(schema);
    int size = tensors.getFirst().values().size();
    int[] features = new int[tensors.size()];
    Set<String> names = new HashSet<>();
    for (int i = 0; i < features.length; i++) {
      Tensor tensor = tensors.get(i);
      if (!names.add(tensor.name())) {
        throw new RequestMalformed(tensor.name() + ": twice (expected: every tensor once)");
      }
      if (tensor.values().size() != size) {
        throw new RequestMalformed(
            tensor.name()
                + ": "
                + tensor.values().size()
                + " rows (expected: "
                + size
                + ", as in "
                + tensors.getFirst().name()
                + ")");
      }
      features[i] = schema.find(tensor.name(), i);
      if (features[i] < 0 && tensor.name().equals(ENTITY)) {
        features[i] = Columns.ENTITY;
      } else if (features[i] < 0) {
        rows.unknown(tensor.name(), "a tensor");
      }
    }
    if (size == 0) {
      throw new RequestMalformed("inputs: no rows (expected: at least one)");
    }
    for (int row = 0; row < size; row++) {
      rows.startRow();
      if (size == 1) {
        rows.entity(entity);
      }
      for (int i = 0; i < features.length; i++) {
        Object value = tensors.get(i).values().get(row);
        if (features[i] >= 0) {
          rows.value(features[i], value);
        } else if (features[i] == Columns.ENTITY && value != null) {
          rows.entity(Objects.toString(value));
        }
      }
      rows.endRow();
    }
    return rows;
  }

  private static List<Tensor> inputs(JsonInput in, ByteBuffer behind, Schema schema, int maxRows)
      throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "inputs", "a list of tensors");
    List<Tensor> tensors = new ArrayList<>(schema.size());
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (tensors.size() > schema.size() + 100) {
        throw new RequestMalformed(
            "inputs: more than " + tensors.size() + " (expected: one tensor per feature)");
      }
      tensors.add(Tensor.read(in, tensors.size(), maxRows, behind));
    }
    return tensors;
  }

  /**
   * The request's own parameters.
   *
   * @param entity names a single row
   * @param binary outputs come as bytes
   */
  private record Parameters(@Nullable String entity, boolean binary) {
    static final Parameters NONE = new Parameters(null, false);
  }

  private static Parameters parameters(JsonInput in) throws IOException {
    Json.expect(in, JsonToken.START_OBJECT, "parameters", "an object");
    String entity = null;
    boolean binary = false;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      in.nextToken();
      switch (name) {
        case ENTITY -> entity = Json.entity(in, "parameters.id");
        case "binary_data_output" ->
            binary = WantedOutputs.flag(in, "parameters.binary_data_output");
        default -> in.skipChildren();
      }
    }
    return new Parameters(entity, binary);
  }

  /** Writes the answer: JSON in UTF-8, and behind it what was asked for as bytes. */
  public static Written write(Answer answer, Outputs outputs) {
    List<byte[]> behind = new ArrayList<>();
    byte[] head =
        Json.write(
            out -> {
              out.writeStartObject();
              out.writeStringField("model_name", answer.manifest().model());
              out.writeStringField("model_version", Integer.toString(answer.version()));
              out.writeStringField("id", answer.requestId());
              out.writeArrayFieldStart("outputs");
              TensorWriter tensors = new TensorWriter(out, outputs.wanted);
              tensors.outputs(answer);
              behind.addAll(tensors.behind());
              out.writeEndArray();
              out.writeEndObject();
            });
    if (behind.isEmpty()) {
      return new Written(head, -1);
    }
    int size = head.length + behind.stream().mapToInt(bytes -> bytes.length).sum();
    ByteBuffer whole = ByteBuffer.allocate(size).put(head);
    behind.forEach(whole::put);
    return new Written(whole.array(), head.length);
  }
}
