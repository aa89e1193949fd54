package io.millrace.inference.lambda;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of JSON a call: a log entry that is a set of metrics too ("Embedded metric format
 * specification", Amazon CloudWatch user guide). Namespace {@code Millrace}, dimensions endpoint
 * and version. Never a value of a request.
 *
 * @param requestId as answered
 * @param platformId the platform's own name of the call
 * @param endpoint of the model
 * @param version of the model
 * @param path asked for
 * @param status answered; 500 of a call that failed
 * @param rows scored
 * @param micros the call took, microseconds, writing the log not counted
 * @param initMillis the start took, at an instance's first call; null at the others
 * @param logFailures writes of the prediction log that failed so far
 * @param droppedRows of the prediction log so far
 * @param error what went wrong with a call that failed; null for none
 */
record CallLine(
    Instant at,
    String requestId,
    String platformId,
    String endpoint,
    int version,
    String path,
    int status,
    int rows,
    long micros,
    @Nullable Long initMillis,
    long logFailures,
    long droppedRows,
    @Nullable String error) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Without a line break. */
  String text() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      metadata(out);
      out.writeStringField("timestamp", at.toString());
      out.writeStringField("level", status >= 500 ? "ERROR" : "INFO");
      out.writeStringField("requestId", requestId);
      out.writeStringField("AWSRequestId", platformId);
      out.writeStringField("endpoint", endpoint);
      out.writeStringField("version", Integer.toString(version));
      out.writeStringField("path", path.length() > 200 ? path.substring(0, 200) : path);
      out.writeNumberField("status", status);
      out.writeNumberField("latency", micros / 1e3);
      out.writeNumberField("requests", 1);
      out.writeNumberField("errors", status >= 500 ? 1 : 0);
      out.writeNumberField("refused", status >= 400 && status < 500 ? 1 : 0);
      out.writeNumberField("rows", rows);
      out.writeNumberField("coldStart", initMillis == null ? 0 : 1);
      if (initMillis != null) {
        out.writeNumberField("initMillis", initMillis);
      }
      if (logFailures > 0) {
        out.writeNumberField("logFailures", logFailures);
      }
      if (droppedRows > 0) {
        out.writeNumberField("droppedRows", droppedRows);
      }
      if (error != null) {
        out.writeStringField("error", error);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void metadata(JsonGenerator out) throws IOException {
    out.writeObjectFieldStart("_aws");
    out.writeNumberField("Timestamp", at.toEpochMilli());
    out.writeArrayFieldStart("CloudWatchMetrics");
    out.writeStartObject();
    out.writeStringField("Namespace", "Millrace");
    out.writeArrayFieldStart("Dimensions");
    out.writeStartArray();
    out.writeString("endpoint");
    out.writeString("version");
    out.writeEndArray();
    out.writeStartArray();
    out.writeString("endpoint");
    out.writeEndArray();
    out.writeEndArray();
    out.writeArrayFieldStart("Metrics");
    metric(out, "latency", "Milliseconds");
    metric(out, "requests", "Count");
    metric(out, "errors", "Count");
    metric(out, "refused", "Count");
    metric(out, "rows", "Count");
    metric(out, "coldStart", "Count");
    if (initMillis != null) {
      metric(out, "initMillis", "Milliseconds");
    }
    out.writeEndArray();
    out.writeEndObject();
    out.writeEndArray();
    out.writeEndObject();
  }

  private static void metric(JsonGenerator out, String name, String unit) throws IOException {
    out.writeStartObject();
    out.writeStringField("Name", name);
    out.writeStringField("Unit", unit);
    out.writeEndObject();
  }
}
