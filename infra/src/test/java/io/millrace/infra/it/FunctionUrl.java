package io.millrace.infra.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A function's URL on LocalStack, which tells functions apart by the host that a request names,
 * wherever that points to.
 *
 * @param emulator where to connect
 * @param url of the function
 */
record FunctionUrl(URI emulator, String url) {
  /**
   * @param headers by their names in lower case
   */
  record Reply(int status, Map<String, String> headers, String body) {}

  Reply post(String path, String body) throws IOException {
    return send("POST", path, body, Map.of());
  }

  Reply send(String method, String path, String body, Map<String, String> headers)
      throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head =
        new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: ")
            .append(URI.create(url).getAuthority())
            .append("\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ")
            .append(content.length)
            .append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    try (Socket socket = new Socket(emulator.getHost(), emulator.getPort())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
      out.write(content);
      out.flush();
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(all);
      return reply(all.toString(StandardCharsets.UTF_8));
    }
  }

  private static Reply reply(String text) throws IOException {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no answer: " + text);
    }
    String[] lines = text.substring(0, end).split("\r\n");
    Map<String, String> headers = new TreeMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    return new Reply(Integer.parseInt(lines[0].split(" ")[1]), headers, text.substring(end + 4));
  }
}
