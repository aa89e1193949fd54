package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.Rows;
import io.millrace.inference.runtime.Schema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the Open Inference Protocol v2 (REST). A request has one tensor per feature, {@code
 * [N]} or {@code [N,1]}; numbers as FP32, FP64, INT64 and the other number types, texts as BYTES,
 * BOOL or whole numbers; null is missing. A tensor {@code id}, or the request parameter {@code id}
 * for a single row, names the rows for the log. An answer has the tensors {@code score} and {@code
 * prediction}, and {@code scores} {@code [N,classes]} for multiclass.
 */
public final class OpenInference {
  private static final String ENTITY = "id";
  static final String SCORE = "score";
  static final String PREDICTION = "prediction";
  static final String SCORES = "scores";

  private OpenInference() {}

  /**
   * A request.
   *
   * @param id as given; null when the caller gave none
   * @param rows not checked yet
   * @param outputs asked for; empty for all
   */
  public record Request(@Nullable String id, Rows rows, Set<String> outputs) {}

  /**
   * @throws RequestMalformed when it is no such body
   */
  public static Request read(byte[] body, Schema schema, int maxRows) {
    return Json.read(body, in -> request(in, schema, maxRows));
  }

  /** The request id alone, without reading the tensors; empty when there is none. */
  public static Optional<String> id(byte[] body) {
    return Json.read(
        body,
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

  private static Request request(JsonParser in, Schema schema, int maxRows) throws IOException {
    String id = null;
    String entity = null;
    List<Tensor> tensors = null;
    Set<String> outputs = Set.of();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      in.nextToken();
      switch (field) {
        case "id" -> {
          Json.expect(in, JsonToken.VALUE_STRING, "id", "text");
          id = in.getText();
        }
        case "parameters" -> entity = parameter(in);
        case "inputs" -> tensors = inputs(in, schema, maxRows);
        case "outputs" -> outputs = outputs(in);
        default ->
            throw new RequestMalformed(field + ": (expected: id, parameters, inputs or outputs)");
      }
    }
    if (tensors == null || tensors.isEmpty()) {
      throw new RequestMalformed("inputs: missing (expected: one tensor per feature)");
    }
    return new Request(id, rows(tensors, entity, schema), outputs);
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

  private static List<Tensor> inputs(JsonParser in, Schema schema, int maxRows) throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "inputs", "a list of tensors");
    List<Tensor> tensors = new ArrayList<>(schema.size());
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (tensors.size() > schema.size() + 100) {
        throw new RequestMalformed(
            "inputs: more than " + tensors.size() + " (expected: one tensor per feature)");
      }
      tensors.add(Tensor.read(in, tensors.size(), maxRows));
    }
    return tensors;
  }

  private static @Nullable String parameter(JsonParser in) throws IOException {
    Json.expect(in, JsonToken.START_OBJECT, "parameters", "an object");
    String entity = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      in.nextToken();
      if (name.equals(ENTITY)) {
        entity = Json.entity(in, "parameters.id");
      } else if (name.equals("binary_data_output") || name.equals("binary_data_size")) {
        throw new RequestMalformed(
            "parameters." + name + ": binary tensors are not supported (expected: JSON data)");
      } else {
        in.skipChildren();
      }
    }
    return entity;
  }

  private static Set<String> outputs(JsonParser in) throws IOException {
    Json.expect(in, JsonToken.START_ARRAY, "outputs", "a list of {\"name\": …}");
    Set<String> names = new HashSet<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      Json.expect(in, JsonToken.START_OBJECT, "outputs", "a list of {\"name\": …}");
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean name = in.currentName().equals("name");
        in.nextToken();
        if (!name) {
          in.skipChildren();
          continue;
        }
        String asked = Json.shown(in);
        if (in.currentToken() != JsonToken.VALUE_STRING
            || !Set.of(SCORE, PREDICTION, SCORES).contains(in.getText())) {
          throw new RequestMalformed(
              "outputs: " + asked + " (expected: score, prediction, or scores of classes)");
        }
        names.add(in.getText());
      }
    }
    return names;
  }

  /** Writes the answer, UTF-8. @param outputs asked for; empty for all */
  public static byte[] write(Answer answer, Set<String> outputs) {
    String task = answer.manifest().task();
    List<Prediction> predictions = answer.predictions();
    return Json.write(
        out -> {
          out.writeStartObject();
          out.writeStringField("model_name", answer.manifest().model());
          out.writeStringField("model_version", Integer.toString(answer.version()));
          out.writeStringField("id", answer.requestId());
          out.writeArrayFieldStart("outputs");
          if (outputs.isEmpty() || outputs.contains(SCORE)) {
            start(out, SCORE, "FP32", predictions.size(), 0);
            for (Prediction prediction : predictions) {
              out.writeNumber(prediction.score());
            }
            end(out);
          }
          if (outputs.isEmpty() || outputs.contains(PREDICTION)) {
            boolean number = task.equals("regression");
            start(out, PREDICTION, number ? "FP32" : "BYTES", predictions.size(), 0);
            for (Prediction prediction : predictions) {
              if (number) {
                out.writeNumber(prediction.score());
              } else {
                out.writeString(prediction.label());
              }
            }
            end(out);
          }
          if (task.equals("multiclass") && (outputs.isEmpty() || outputs.contains(SCORES))) {
            start(
                out,
                SCORES,
                "FP32",
                predictions.size(),
                answer.manifest().output().classes().size());
            for (Prediction prediction : predictions) {
              for (float score : prediction.scores()) {
                out.writeNumber(score);
              }
            }
            end(out);
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  private static void start(JsonGenerator out, String name, String datatype, int rows, int columns)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("name", name);
    out.writeStringField("datatype", datatype);
    out.writeArrayFieldStart("shape");
    out.writeNumber(rows);
    if (columns > 0) {
      out.writeNumber(columns);
    }
    out.writeEndArray();
    out.writeArrayFieldStart("data");
  }

  private static void end(JsonGenerator out) throws IOException {
    out.writeEndArray();
    out.writeEndObject();
  }
}
