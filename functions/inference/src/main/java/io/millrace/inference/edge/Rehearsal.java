package io.millrace.inference.edge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Asks a server what people will ask it, so that the JVM's start-up cache holds the classes and
 * profiles of the way of an answer.
 */
final class Rehearsal {
  /** Enough that the JIT compiler takes interest. */
  private static final int CALLS = 3_000;

  private Rehearsal() {}

  /**
   * @throws IOException when an answer is not 200
   */
  static void run(int port, ModelManifest manifest) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode row = json.createObjectNode();
    StringBuilder names = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < manifest.features().size(); i++) {
      Feature feature = manifest.features().get(i);
      names.append(i == 0 ? "" : ",").append(feature.name());
      if (feature.kind() == Feature.Kind.NUMBER) {
        double value = middle(feature);
        row.put(feature.name(), value);
        values.append(i == 0 ? "" : ",").append(value);
      } else {
        String level = level(manifest.encodings().get(i));
        row.put(feature.name(), level);
        values
            .append(i == 0 ? "" : ",")
            .append('"')
            .append(level.replace("\"", "\"\""))
            .append('"');
      }
    }
    ObjectNode body = json.createObjectNode();
    body.putArray("dataframe_records").add(row);
    byte[] records = json.writeValueAsBytes(body);
    byte[] csv = (names + "\n" + values + "\n").getBytes(StandardCharsets.UTF_8);
    boolean plain = manifest.features().stream().allMatch(f -> f.name().matches("[\\w .-]+"));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      for (int i = 0; i < CALLS; i++) {
        ask(socket, "POST /invocations", "application/json", records);
      }
      if (plain) {
        ask(socket, "POST /invocations", "text/csv", csv);
      }
      ask(socket, "GET /v2/models/" + manifest.model(), "application/json", new byte[0]);
      ask(socket, "GET /metrics", "text/plain", new byte[0]);
      ask(socket, "GET /v2/health/ready", "text/plain", new byte[0]);
    }
  }

  private static double middle(Feature feature) {
    Double least = feature.allowedMin() != null ? feature.allowedMin() : feature.min();
    Double most = feature.allowedMax() != null ? feature.allowedMax() : feature.max();
    return least != null && most != null
        ? least / 2 + most / 2
        : least != null ? least : most != null ? most : 0;
  }

  private static String level(Encoding encoding) {
    return encoding instanceof Encoding.Categorical levels && !levels.levels().isEmpty()
        ? levels.levels().getFirst()
        : "x";
  }

  private static void ask(Socket socket, String request, String type, byte[] body)
      throws IOException {
    OutputStream out = socket.getOutputStream();
    String head =
        "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(request, type, body.length);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    whole.writeBytes(body);
    out.write(whole.toByteArray());
    out.flush();
    InputStream in = socket.getInputStream();
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0 || answer.length() > 8_192) {
        throw new IOException(request + ": no answer (expected: 200)");
      }
      answer.append((char) next);
    }
    String lower = answer.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length:");
    int length =
        at < 0 ? 0 : Integer.parseInt(lower.substring(at + 15, lower.indexOf('\r', at)).strip());
    String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    if (!lower.startsWith("http/1.1 200")) {
      throw new IOException(request + ": " + answer.substring(0, 12) + " " + text);
    }
  }
}
