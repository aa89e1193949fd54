package io.millrace.inference.lambda;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The platform's side of a function: one call after the other over one kept connection, as "Using
 * the Lambda runtime API for custom runtimes" (AWS Lambda developer guide) has it. A plain socket:
 * the JDK's HTTP client alone would take longer to start than the model. Not thread-safe.
 */
final class RuntimeApi implements Closeable {
  private static final String INVOCATION = "/2018-06-01/runtime/invocation/";
  private static final int CONNECT_MILLIS = 5_000;

  /** An answer is taken at once; for a next call one waits as long as the platform freezes. */
  private static final int ANSWER_MILLIS = 30_000;

  private static final int LONGEST_LINE = 16 << 10;

  private final String host;
  private final Socket socket = new Socket(Proxy.NO_PROXY);
  private final InputStream in;
  private final OutputStream out;

  private RuntimeApi(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      throw new IOException("AWS_LAMBDA_RUNTIME_API: " + address + " (expected: host:port)");
    }
    host = address;
    socket.setTcpNoDelay(true);
    socket.connect(
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
        CONNECT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
    out = socket.getOutputStream();
  }

  /**
   * @param address host and port
   */
  static RuntimeApi connect(String address) throws IOException {
    return new RuntimeApi(address);
  }

  /** A call to answer. */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  record Invocation(String requestId, byte[] event) {}

  /** Waits for the next call. */
  Invocation next() throws IOException {
    socket.setSoTimeout(0);
    Message message = ask("GET " + INVOCATION + "next", "", new byte[0]);
    String requestId = message.headers.get("lambda-runtime-aws-request-id");
    if (message.status != 200 || requestId == null) {
      throw new IOException("next: " + message.status + " (expected: 200 and a request id)");
    }
    return new Invocation(requestId, message.body);
  }

  /** Answers a call. */
  void answer(String requestId, byte[] body) throws IOException {
    told(ask("POST " + INVOCATION + requestId + "/response", "", body));
  }

  /** Says that a call failed. */
  void fail(String requestId, Throwable failure) throws IOException {
    told(error(INVOCATION + requestId + "/error", failure));
  }

  /** Says that the function cannot start. */
  void failInit(Throwable failure) throws IOException {
    told(error("/2018-06-01/runtime/init/error", failure));
  }

  private Message error(String path, Throwable failure) throws IOException {
    String type = failure.getClass().getName();
    String body =
        "{\"errorMessage\":"
            + quoted(String.valueOf(failure.getMessage()))
            + ",\"errorType\":"
            + quoted(type)
            + ",\"stackTrace\":[]}";
    return ask(
        "POST " + path,
        "lambda-runtime-function-error-type: " + type + "\r\n",
        body.getBytes(StandardCharsets.UTF_8));
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(' ');
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private void told(Message message) throws IOException {
    // 413: the answer was too large, which the platform has told the caller
    if (message.status / 100 != 2 && message.status != 413) {
      throw new IOException("answer: " + message.status + " (expected: 202)");
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  private record Message(int status, Map<String, String> headers, byte[] body) {}

  private Message ask(String line, String headers, byte[] body) throws IOException {
    boolean sends = line.startsWith("POST");
    byte[] head =
        (line
                + " HTTP/1.1\r\nhost: "
                + host
                + "\r\n"
                + headers
                + (sends ? "content-length: " + body.length + "\r\n" : "")
                + "\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] whole = new byte[head.length + body.length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(body, 0, whole, head.length, body.length);
    if (sends) {
      socket.setSoTimeout(ANSWER_MILLIS);
    }
    out.write(whole);
    out.flush();
    return read();
  }

  private Message read() throws IOException {
    String status = line();
    if (status.length() < 12 || !status.startsWith("HTTP/1.")) {
      throw new IOException("status line: " + status + " (expected: HTTP/1.1 and a status)");
    }
    Map<String, String> headers = new TreeMap<>();
    for (String header = line(); !header.isEmpty(); header = line()) {
      int colon = header.indexOf(':');
      if (colon > 0) {
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
    }
    int code = Integer.parseInt(status.substring(9, 12));
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      return new Message(code, headers, chunks());
    }
    String length = headers.get("content-length");
    return new Message(code, headers, bytes(length == null ? 0 : Integer.parseInt(length)));
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    while (true) {
      String size = line();
      int end = size.indexOf(';');
      int bytes = Integer.parseInt(end < 0 ? size : size.substring(0, end), 16);
      whole.write(bytes(bytes));
      if (bytes == 0) {
        while (!line().isEmpty()) {
          // trailers say nothing that is needed
        }
        return whole.toByteArray();
      }
      line();
    }
  }

  private byte[] bytes(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("body: " + bytes.length + " bytes (expected: " + length + ")");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.length() > LONGEST_LINE) {
        throw new EOFException("the runtime API ended its answer within a line");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
