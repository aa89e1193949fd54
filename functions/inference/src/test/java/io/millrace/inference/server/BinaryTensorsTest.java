package io.millrace.inference.server;

import static io.millrace.inference.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.inference.model.TestPackages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryTensorsTest {
  @TempDir static Path dir;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        new TestServer().version(1, TestPackages.linear(dir.resolve("v1"))).want(1, 1, 1.0).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static final String HEAD =
      """
      {"inputs":[
        {"name":"age","shape":[2],"datatype":"INT16","parameters":{"binary_data_size":4}},
        {"name":"income","shape":[2,1],"datatype":"FP64","data":[1500, null]},
        {"name":"city","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":18}}]%s}\
      """;

  private static byte[] behind() {
    ByteBuffer bytes = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) 50).putShort((short) 20);
    bytes.putInt(6).put("berlin".getBytes(StandardCharsets.UTF_8));
    bytes.putInt(4).put("rome".getBytes(StandardCharsets.UTF_8));
    return bytes.array();
  }

  private static HttpResponse<byte[]> send(String head, byte[] behind, String length)
      throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    body.writeBytes(behind);
    return server.client.send(
        server
            .request("/v2/models/credit/infer")
            .header("inference-header-content-length", length)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String length(String head) {
    return Integer.toString(head.getBytes(StandardCharsets.UTF_8).length);
  }

  @Test
  void bytesIn_jsonOut() throws Exception {
    String head = HEAD.formatted("");
    HttpResponse<byte[]> response = send(head, behind(), length(head));
    String text = new String(response.body(), StandardCharsets.UTF_8);
    assertThat(response.statusCode()).as(text).isEqualTo(200);
    assertThat(response.headers().firstValue("inference-header-content-length")).isEmpty();
    JsonNode score = new ObjectMapper().readTree(text).path("outputs").path(0);
    assertThat(score.path("data").path(0).asDouble())
        .isCloseTo(TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6));
    assertThat(score.path("data").path(1).asDouble())
        .isCloseTo(TestPackages.expected(20, null, "rome", 0), within(1e-6));
  }

  @Test
  void bytesOut_followTheJsonInItsOrder() throws Exception {
    String head = HEAD.formatted(",\"parameters\":{\"binary_data_output\":true}");
    HttpResponse<byte[]> response = send(head, behind(), length(head));
    assertThat(response.headers().firstValue("content-type")).contains("application/octet-stream");
    int json =
        Integer.parseInt(
            response.headers().firstValue("inference-header-content-length").orElseThrow());
    JsonNode outputs =
        new ObjectMapper().readTree(Arrays.copyOf(response.body(), json)).path("outputs");
    assertThat(outputs.path(0).path("parameters").path("binary_data_size").asInt()).isEqualTo(8);
    assertThat(outputs.path(0).has("data")).isFalse();
    ByteBuffer bytes =
        ByteBuffer.wrap(response.body(), json, response.body().length - json)
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getFloat())
        .isCloseTo((float) TestPackages.expected(50, 1500.0, "berlin", 0), within(1e-6f));
    bytes.getFloat();
    assertThat(outputs.path(1).path("parameters").path("binary_data_size").asInt()).isEqualTo(10);
    assertThat(bytes.getInt()).isEqualTo(1);
    assertThat((char) bytes.get()).isEqualTo('1');
  }

  @Test
  void oneOutputAsBytes_leavesTheOther() throws Exception {
    String head =
        HEAD.formatted(
            ",\"outputs\":[{\"name\":\"prediction\"},"
                + "{\"name\":\"score\",\"parameters\":{\"binary_data\":true}}]");
    HttpResponse<byte[]> response = send(head, behind(), length(head));
    int json =
        Integer.parseInt(
            response.headers().firstValue("inference-header-content-length").orElseThrow());
    JsonNode outputs =
        new ObjectMapper().readTree(Arrays.copyOf(response.body(), json)).path("outputs");
    assertThat(outputs.path(1).path("data").toString()).isEqualTo("[\"1\",\"0\"]");
    assertThat(response.body().length - json).isEqualTo(8);
  }

  private static void refused(String head, byte[] behind, String length, String message)
      throws Exception {
    HttpResponse<byte[]> response = send(head, behind, length);
    String text = new String(response.body(), StandardCharsets.UTF_8);
    assertThat(response.statusCode()).as(text).isEqualTo(400);
    assertThat(new ObjectMapper().readTree(text).path("error").asText()).contains(message);
  }

  @Test
  void bytesThatDoNotFit_areToldByName() throws Exception {
    String head = HEAD.formatted("");
    byte[] whole = behind();
    refused(head, whole, "x", "inference-header-content-length: x (expected: 1..");
    refused(head, whole, "999999999", "inference-header-content-length: 999999999");
    refused(head, whole, "10", "body: ");
    refused(
        head,
        Arrays.copyOf(whole, 21),
        length(head),
        "city: binary_data_size 18 (expected: at most the 17 bytes that are left");
    refused(head, Arrays.copyOf(whole, 23), length(head), "body: 1 bytes behind the tensors");
    String odd = head.replace("\"INT16\"", "\"INT64\"");
    refused(odd, whole, length(odd), "age: 4 bytes (expected: a multiple of 8, INT64)");
    byte[] long1 = whole.clone();
    long1[4] = 99;
    refused(head, long1, length(head), "city[0]: length 99 (expected: 0..14, what is left)");
    byte[] noText = whole.clone();
    noText[8] = (byte) 0xff;
    refused(head, noText, length(head), "city[0]: not UTF-8");
    String many =
        head.replace("\"binary_data_size\":4", "\"binary_data_size\":99999999999999999999");
    refused(many, whole, length(many), "inputs[0].parameters.binary_data_size: 99999");
    String both = head.replace("{\"binary_data_size\":4}", "{\"binary_data_size\":4},\"data\":[1]");
    refused(both, whole, length(both), "inputs[0].data: beside binary_data_size");
    String shape =
        head.replace(
            "\"shape\":[2],\"datatype\":\"INT16\"", "\"shape\":[3],\"datatype\":\"INT16\"");
    refused(shape, whole, length(shape), "age: shape [3] with 2 values");
    String nan =
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP32\","
            + "\"parameters\":{\"binary_data_size\":4}}]}";
    byte[] bits = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(Float.NaN).array();
    refused(nan, bits, length(nan), "age: NaN (expected: a number in 0..120)");
  }

  @Test
  void theServersMetadata_saysSo() {
    assertThat(json(server.get("/v2")).path("extensions").toString())
        .contains("binary_tensor_data");
  }
}
