package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import java.io.IOException;
import java.util.List;

/** Metadata of a model as the Open Inference Protocol has it: names, types and shapes. */
public final class Metadata {
  private Metadata() {}

  /**
   * Metadata of a model, UTF-8.
   *
   * @param platform what runs it, {@code RuntimeKind.platform()}
   * @param versions that are ready
   */
  public static byte[] write(
      String name, ModelManifest manifest, String platform, List<Integer> versions) {
    return Json.write(
        out -> {
          out.writeStartObject();
          out.writeStringField("name", name);
          out.writeArrayFieldStart("versions");
          for (int version : versions) {
            out.writeString(Integer.toString(version));
          }
          out.writeEndArray();
          out.writeStringField("platform", platform);
          out.writeArrayFieldStart("inputs");
          for (Feature feature : manifest.features()) {
            tensor(
                out, feature.name(), feature.kind() == Feature.Kind.NUMBER ? "FP64" : "BYTES", 0);
          }
          out.writeEndArray();
          out.writeArrayFieldStart("outputs");
          tensor(out, OpenInference.SCORE, "FP32", 0);
          tensor(
              out,
              OpenInference.PREDICTION,
              manifest.task().equals("regression") ? "FP32" : "BYTES",
              0);
          if (manifest.task().equals("multiclass")) {
            tensor(out, OpenInference.SCORES, "FP32", manifest.output().classes().size());
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  private static void tensor(JsonGenerator out, String name, String datatype, int columns)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("name", name);
    out.writeStringField("datatype", datatype);
    out.writeArrayFieldStart("shape");
    out.writeNumber(-1);
    if (columns > 0) {
      out.writeNumber(columns);
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
