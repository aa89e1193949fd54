package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.inference.runtime.Prediction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes an answer's outputs: as JSON, or as bytes behind it. */
final class TensorWriter {
  private final JsonGenerator out;
  private final WantedOutputs wanted;
  private final List<byte[]> behind = new ArrayList<>();

  TensorWriter(JsonGenerator out, WantedOutputs wanted) {
    this.out = out;
    this.wanted = wanted;
  }

  /** What follows the JSON, in order. */
  List<byte[]> behind() {
    return behind;
  }

  void outputs(Answer answer) throws IOException {
    List<Prediction> predictions = answer.predictions();
    String task = answer.manifest().task();
    boolean regression = task.equals("regression");
    if (wanted.wants(OpenInference.SCORE)) {
      numbers(OpenInference.SCORE, predictions, 0);
    }
    if (wanted.wants(OpenInference.PREDICTION)) {
      if (regression) {
        numbers(OpenInference.PREDICTION, predictions, 0);
      } else {
        labels(predictions);
      }
    }
    if (task.equals("multiclass") && wanted.wants(OpenInference.SCORES)) {
      numbers(OpenInference.SCORES, predictions, answer.manifest().output().classes().size());
    }
  }

  /**
   * @param columns of the scores of classes; 0 for the score
   */
  private void numbers(String name, List<Prediction> predictions, int columns) throws IOException {
    start(name, "FP32", predictions.size(), columns);
    if (wanted.asBytes(name)) {
      ByteBuffer bytes =
          ByteBuffer.allocate(4 * predictions.size() * Math.max(1, columns))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (Prediction prediction : predictions) {
        if (columns == 0) {
          bytes.putFloat(prediction.score());
        } else {
          for (float score : prediction.scores()) {
            bytes.putFloat(score);
          }
        }
      }
      binary(bytes.array());
    } else {
      out.writeArrayFieldStart("data");
      for (Prediction prediction : predictions) {
        if (columns == 0) {
          out.writeNumber(prediction.score());
        } else {
          for (float score : prediction.scores()) {
            out.writeNumber(score);
          }
        }
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private void labels(List<Prediction> predictions) throws IOException {
    start(OpenInference.PREDICTION, "BYTES", predictions.size(), 0);
    if (wanted.asBytes(OpenInference.PREDICTION)) {
      List<byte[]> texts = new ArrayList<>(predictions.size());
      int size = 0;
      for (Prediction prediction : predictions) {
        byte[] text = prediction.label().getBytes(StandardCharsets.UTF_8);
        texts.add(text);
        size += 4 + text.length;
      }
      ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
      texts.forEach(text -> bytes.putInt(text.length).put(text));
      binary(bytes.array());
    } else {
      out.writeArrayFieldStart("data");
      for (Prediction prediction : predictions) {
        out.writeString(prediction.label());
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private void start(String name, String datatype, int rows, int columns) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", name);
    out.writeStringField("datatype", datatype);
    out.writeArrayFieldStart("shape");
    out.writeNumber(rows);
    if (columns > 0) {
      out.writeNumber(columns);
    }
    out.writeEndArray();
  }

  private void binary(byte[] bytes) throws IOException {
    out.writeObjectFieldStart("parameters");
    out.writeNumberField("binary_data_size", bytes.length);
    out.writeEndObject();
    behind.add(bytes);
  }
}
