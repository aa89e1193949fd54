package io.millrace.inference.server;

import static io.millrace.inference.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.model.TestPackages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostileRequestTest {
  private static final String ONE =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir static Path dir;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = new TestServer().version(1, TestPackages.linear(dir)).want(1, 1, 1.0).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void refused(HttpResponse<String> response, int status, String message) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).contains("application/json");
    assertThat(json(response).path("error").asText()).contains(message);
    assertThat(server.post("/invocations", ONE).statusCode()).isEqualTo(200);
  }

  private static void invocation(String body, String message) {
    refused(server.post("/invocations", body), 400, message);
  }

  private static void csv(String body, String message) {
    refused(server.post("/invocations", body, "content-type", "text/csv"), 400, message);
  }

  private static void infer(String body, String message) {
    refused(server.post("/v2/models/credit/infer", body), 400, message);
  }

  @Test
  void aRowThatDoesNotFit_isToldFieldByField() {
    invocation(
        "{\"instances\":[{\"age\":\"x\",\"city\":[1],\"zip\":1}]}",
        "age: \"x\" (expected: a number in 0..120); city: […] (expected: text); "
            + "zip: 1 (expected: no such field; the model takes age, income, city); "
            + "income: missing (expected: a finite number, or null)");
    invocation(ONE.replace(":50", ":" + "1e999"), "age: Infinity (expected: a number in 0..120)");
    invocation(ONE.replace(":50", ":" + "-1"), "age: -1 (expected: a number in 0..120)");
    invocation(
        ONE.replace(":50", ":" + "50,\"age\":51"), "age: given twice (expected: every field once)");
    invocation(ONE.replace(":50", ":" + "NaN"), "(expected: JSON)");
    invocation(ONE.replace(":50", ":" + "true"), "age: true (expected: a number in 0..120)");
    invocation(ONE.replace(":50", ":" + "9".repeat(990)), "age: Infinity");
  }

  @Test
  void malformedJson_isToldWithItsPlace() {
    invocation("", "body: empty (expected: a JSON object)");
    invocation("nonsense", "body: Unrecognized token");
    invocation("{\"instances\":[", "body: Unexpected end-of-input");
    invocation("[1]", "body: […] (expected: a JSON object)");
    invocation(ONE + "{}", "body: more after the JSON object");
    invocation("{\"instances\":{}}", "instances: {…} (expected: a list of objects)");
    invocation("{\"instances\":[1]}", "instances[0]: 1 (expected: an object of the features)");
    invocation("{\"instances\":[]}", "instances: no rows (expected: at least one)");
    invocation("{}", "instances: no rows");
    invocation("{\"inputs\":[[1]]}", "inputs: […] (expected: instances");
    invocation("{\"instances\":[],\"dataframe_split\":{}}", "dataframe_split: beside instances");
    invocation("[".repeat(50_000), "body: ");
    invocation("{\"a\":".repeat(50_000), "nesting depth");
    invocation("{\"instances\":[{\"age\":" + "[".repeat(40) + "]}]}", "nesting depth");
    invocation(
        "{\"" + "n".repeat(20_000) + "\":1}",
        "Name length (16384) exceeds the maximum allowed (10000) (expected: JSON)");
    invocation("{\"instances\":[{\"age\":" + "1".repeat(2_000) + "}]}", "length");
    invocation("\u0000\u0001", "body: ");
    refused(
        server.send(
            server
                .request("/invocations")
                .POST(
                    HttpRequest.BodyPublishers.ofByteArray(
                        new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe}))),
        400,
        "body: ");
  }

  @Test
  void malformedTables_areToldWithTheirPlace() {
    invocation("{\"dataframe_split\":{\"data\":[[1]]}}", "dataframe_split.columns: missing");
    invocation(
        "{\"dataframe_split\":{\"columns\":[\"age\",\"age\"],\"data\":[]}}", "column age: twice");
    invocation(
        "{\"dataframe_split\":{\"columns\":[\"age\",\"zip\"],\"data\":[[1,2]]}}",
        "zip: a column (expected: no such field");
    invocation(
        "{\"dataframe_split\":{\"columns\":[\"age\",\"income\",\"city\"],\"data\":[[1,2]]}}",
        "dataframe_split.data[0]: 2 values (expected: 3, one per column)");
    csv("", "body: empty");
    csv("age,income,city\n", "body: no rows");
    csv("age,income\n1,2\n", "city: missing (expected: a column of this name)");
    csv("age,income,city\n1,2,a\n1,2\n", "2 fields (expected: 3, as in the header)");
    csv("age,income,city\n1,2,\"a\n", "line 2: a quote without an end");
    csv("age,income,city\nNaN,0x1p3,a\n", "age: \"NaN\" (expected: a number in 0..120)");
    csv("age,income,city\n1,1,a" + ",x".repeat(100_000) + "\n", "more than 4 fields");
    refused(
        server.post("/invocations", ONE, "content-type", "application/xml"),
        400,
        "content-type: application/xml");
  }

  @Test
  void malformedTensors_areToldByName() {
    infer("{}", "inputs: missing (expected: one tensor per feature)");
    infer(
        "{\"inputs\":[{\"name\":\"age\"}]}",
        "inputs[0]: incomplete (expected: name, shape, datatype and data)");
    infer(
        tensor("[2]", "FP32", "[1]"),
        "age: shape [2] with 1 values (expected: [N] or [N,1] and N values)");
    infer(tensor("[1,3]", "FP32", "[1,2,3]"), "age: shape [1, 3]");
    infer(tensor("[-1]", "FP32", "[1]"), "age: shape [-1]");
    infer(tensor("[1]", "FP32", "[\"a\"]"), "age[0]: \"a\" (expected: FP32)");
    infer(tensor("[1]", "INT64", "[1.5]"), "age[0]: 1.5 (expected: INT64)");
    infer(
        tensor("[1]", "COMPLEX", "[1]"),
        "age: datatype COMPLEX (expected: FP32, FP64, INT64, BYTES or BOOL)");
    infer(tensor("[1]", "BYTES", "[\"a\"]"), "age: \"a\" (expected: a number in 0..120)");
    infer(tensor("[1]", "FP32", "[1]"), "income: missing");
    infer(tensor("[0]", "FP32", "[]"), "inputs: no rows");
    infer(
        tensor("[1]", "FP32", "[1]")
            .replace(
                "}]}", "},{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}"),
        "age: twice");
    infer(
        "{\"outputs\":[{\"name\":\"x\"}],\"inputs\":[]}",
        "outputs: \"x\" (expected: score, prediction");
    infer("{\"id\":5,\"inputs\":[]}", "id: 5 (expected: text)");
    infer("{\"inputs\":[" + "{},".repeat(500) + "{}]}", "inputs[0]: incomplete");
    infer(
        "{\"parameters\":{\"binary_data_output\":1}}",
        "parameters.binary_data_output: 1 (expected: true or false)");
  }

  private static String tensor(String shape, String datatype, String data) {
    return "{\"inputs\":[{\"name\":\"age\",\"shape\":%s,\"datatype\":\"%s\",\"data\":%s}]}"
        .formatted(shape, datatype, data);
  }

  @Test
  void tooManyRows_areRefused() {
    invocation("{\"instances\":[" + "{},".repeat(20_000) + "{}]}", "rows: more than 10000");
    csv("age,income,city\n" + "1,2,a\n".repeat(10_001), "rows: more than 10000");
    infer(tensor("[20000]", "FP32", "[" + "1,".repeat(19_999) + "1]"), "rows: more than 10000");
  }

  @Test
  void aBodyOf100Megabytes_isRefusedUnread() throws IOException {
    long before = used();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  + "Content-Length: 104857600\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      // the answer comes before a single byte of the body
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 413 ");
    }
    // a client that sends all of it before it reads is answered too
    refused(
        server.send(
            server
                .request("/invocations")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100 << 20]))),
        413,
        "body: 104857600 bytes (expected: at most 8388608 bytes)");
    // and one that does not say how long it is gets no further
    byte[] megabyte = new byte[1 << 20];
    java.util.Arrays.fill(megabyte, (byte) ' ');
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      int sent = 0;
      try {
        for (; sent < 300; sent++) {
          out.write("100000\r\n".getBytes(StandardCharsets.US_ASCII));
          out.write(megabyte);
          out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 413 ");
      } catch (IOException closed) {
        assertThat(sent).as("megabytes taken before the server closed").isLessThan(300);
      }
    }
    assertThat(used() - before).isLessThan(64L << 20);
    refused(
        server.send(
            server
                .request("/invocations")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[(8 << 20) + 1]))),
        413,
        "(expected: at most 8388608 bytes)");
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    }
    return bytes.toByteArray();
  }

  private static HttpResponse<String> encoded(byte[] body, String encoding) {
    return server.send(
        server
            .request("/invocations")
            .header("content-encoding", encoding)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  @Test
  void gzip_isReadWithinTheLimit_andABombIsNot() throws IOException {
    byte[] plain = ONE.getBytes(StandardCharsets.UTF_8);
    HttpResponse<String> response = encoded(gzip(plain), "gzip");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    refused(encoded(gzip(new byte[100 << 20]), "gzip"), 413, "more than 8388608 bytes");
    refused(encoded(plain, "gzip"), 400, "(expected: gzip)");
    byte[] cut = java.util.Arrays.copyOf(gzip(plain), 20);
    refused(encoded(cut, "gzip"), 400, "body: ends too early");
    refused(encoded(plain, "br"), 415, "content-encoding: br (expected: gzip, or none)");
  }

  @Test
  void aRequestIdThatIsNoId_isReplaced() {
    String id = "x".repeat(500);
    HttpResponse<String> response = server.post("/invocations", ONE, "x-request-id", id);
    assertThat(response.headers().firstValue("x-request-id").orElseThrow()).hasSizeLessThan(40);
  }

  @Test
  void queriesThatAreWrong_areTold() {
    refused(
        server.get("/admin/stats?since=yesterday"), 400, "since: yesterday (expected: an instant");
    refused(
        server.get("/v2/models/credit/versions/x"), 404, "version: x (expected: a whole number)");
    refused(server.get("/v2/models/..%2f..%2fetc"), 404, "(expected: ");
  }
}
