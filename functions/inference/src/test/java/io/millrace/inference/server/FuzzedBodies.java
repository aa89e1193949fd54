package io.millrace.inference.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** Requests that are nearly right, or not at all; a seed always makes the same one. */
final class FuzzedBodies {
  private static final List<String> WORDS =
      List.of(
          "instances",
          "dataframe_split",
          "dataframe_records",
          "columns",
          "data",
          "inputs",
          "name",
          "shape",
          "datatype",
          "parameters",
          "binary_data_size",
          "binary_data_output",
          "outputs",
          "id",
          "age",
          "income",
          "city",
          "__id",
          "score",
          "index",
          "params",
          "\\u0000",
          "\\ud800",
          "",
          "a".repeat(300),
          "é",
          "constructor",
          "../../etc/passwd");
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "1",
          "-1",
          "50",
          "1.5",
          "1e308",
          "1e999",
          "-1e999",
          "NaN",
          "Infinity",
          "0x10",
          "01",
          "9223372036854775807",
          "9223372036854775808",
          "1e-400",
          "9".repeat(400),
          "9".repeat(1_500),
          ".5",
          "5.",
          "+5",
          "1e",
          "2147483648",
          "-9223372036854775809");
  private static final List<String> TYPES =
      List.of(
          "FP32", "FP64", "FP16", "INT8", "INT64", "UINT64", "BOOL", "BYTES", "COMPLEX", "fp32",
          "");
  private static final List<String> CONTENT =
      List.of(
          "application/json",
          "text/csv",
          "application/json; charset=utf-8",
          "text/plain",
          "application/octet-stream",
          "application/xml",
          "text/csv;x",
          "nonsense",
          "*/*");

  private final Random random;

  FuzzedBodies(long seed) {
    random = new Random(seed);
  }

  /** One request. @param headers name, value, … */
  @SuppressWarnings("ArrayRecordComponent") // a test's own
  record Case(String path, byte[] body, List<String> headers) {}

  Case next() {
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> new Case("/invocations", mutated(instances()), json());
      case 3 -> new Case("/invocations", mutated(split()), json());
      case 4 -> new Case("/invocations", mutated(csv()), List.of("content-type", pick(CONTENT)));
      case 5, 6 -> new Case(path(), mutated(tensors()), json());
      case 7 -> binary();
      case 8 -> new Case(path(), mutated(value(0)), List.of("content-type", pick(CONTENT)));
      default -> zipped();
    };
  }

  private List<String> json() {
    return random.nextInt(10) == 0
        ? List.of("content-type", pick(CONTENT))
        : List.of("content-type", "application/json");
  }

  private String path() {
    return pick(
        List.of(
            "/v2/models/credit/infer",
            "/v2/models/credit/infer",
            "/v2/models/credit/versions/1/infer",
            "/v2/models/credit/versions/99999999999/infer",
            "/v2/models/nobody/infer",
            "/invocations"));
  }

  private String pick(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String instances() {
    StringBuilder rows = new StringBuilder();
    int count = random.nextInt(50) == 0 ? 10_001 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      rows.append(i == 0 ? "" : ",").append(row());
    }
    return "{\"" + pick(List.of("instances", "dataframe_records", "x")) + "\":[" + rows + "]}";
  }

  private String row() {
    return switch (random.nextInt(4)) {
      case 0 -> value(2);
      case 1 -> "{\"age\":" + value(3) + ",\"income\":" + value(3) + ",\"city\":" + value(3) + "}";
      case 2 ->
          "{\"age\":50,\"income\":1,\"city\":\"rome\",\"" + pick(WORDS) + "\":" + value(3) + "}";
      default -> "{\"age\":50,\"income\":1500,\"city\":\"berlin\"}";
    };
  }

  private String split() {
    return "{\"dataframe_split\":{\"columns\":["
        + pick(List.of("\"age\",\"income\",\"city\"", "\"age\"", "", "1", "\"age\",\"age\",\"x\""))
        + "],\"data\":["
        + pick(List.of("[50,1,\"rome\"]", "[50]", "", "[[50]]", value(2), "[" + value(2) + "]"))
        + "]}}";
  }

  private String csv() {
    String header = pick(List.of("age,income,city", "age,income", "age,age,age", "", "\"age"));
    StringBuilder text = new StringBuilder(header).append('\n');
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(pick(NUMBERS)).append(',').append(pick(NUMBERS)).append(',');
      text.append(pick(WORDS)).append(pick(List.of("\n", "\r\n", "\r", ",\n", "\"\n")));
    }
    return text.toString();
  }

  private String tensors() {
    StringBuilder tensors = new StringBuilder();
    for (String name : List.of("age", "income", "city")) {
      tensors.append(tensors.isEmpty() ? "" : ",").append(tensor(name));
    }
    return "{\"inputs\":["
        + tensors
        + "]"
        + pick(
            List.of(
                "",
                ",\"id\":\"r\"",
                ",\"id\":5",
                ",\"outputs\":[{\"name\":\"score\"}]",
                ",\"outputs\":" + value(1),
                ",\"parameters\":{\"binary_data_output\":true}",
                ",\"parameters\":" + value(1)))
        + "}";
  }

  private String tensor(String name) {
    boolean right = random.nextInt(3) > 0;
    String shape =
        pick(
            List.of(
                "[1]",
                "[1,1]",
                "[2]",
                "[-1]",
                "[9223372036854775807]",
                "[99999999999999999999]",
                "[1000000,1000000]",
                "[]",
                "[0]",
                "1",
                "[1.5]",
                "[1,1,1,1,1,1,1,1,1]",
                "null"));
    return "{\"name\":\""
        + (random.nextInt(10) == 0 ? pick(WORDS) : name)
        + "\",\"shape\":"
        + (right ? "[1]" : shape)
        + ",\"datatype\":\""
        + (right ? name.equals("city") ? "BYTES" : "FP32" : pick(TYPES))
        + "\",\"data\":"
        + (right ? name.equals("city") ? "[\"rome\"]" : "[1]" : "[" + value(2) + "]")
        + "}";
  }

  /** Any JSON, and some that is none. */
  private String value(int depth) {
    int kind = random.nextInt(depth > 4 ? 6 : 9);
    return switch (kind) {
      case 0, 1 -> pick(NUMBERS);
      case 2 -> "\"" + pick(WORDS) + "\"";
      case 3 -> "null";
      case 4 -> random.nextBoolean() ? "true" : "false";
      case 5 -> "\"" + "x".repeat(random.nextInt(2_000)) + "\"";
      case 6 -> "[" + value(depth + 1) + "," + value(depth + 1) + "]";
      case 7 -> "{\"" + pick(WORDS) + "\":" + value(depth + 1) + "}";
      default -> "[".repeat(1 + random.nextInt(5_000));
    };
  }

  private Case binary() {
    String city = "rome";
    int age = random.nextInt(4) == 0 ? random.nextInt() : 4;
    int text = random.nextInt(4) == 0 ? random.nextInt(40) : 8;
    String head =
        "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\""
            + (random.nextInt(3) == 0 ? pick(TYPES) : "FP32")
            + "\",\"parameters\":{\"binary_data_size\":"
            + age
            + "}},{\"name\":\"income\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]},"
            + "{\"name\":\"city\",\"shape\":[1],\"datatype\":\"BYTES\","
            + "\"parameters\":{\"binary_data_size\":"
            + text
            + "}}]}";
    byte[] json = head.getBytes(StandardCharsets.UTF_8);
    byte[] behind = new byte[12];
    random.nextBytes(behind);
    if (random.nextBoolean()) {
      behind = new byte[] {0, 0, 32, 65, 4, 0, 0, 0, 'r', 'o', 'm', 'e'}; // 10f and rome
    }
    byte[] body = Arrays.copyOf(json, json.length + behind.length);
    System.arraycopy(behind, 0, body, json.length, behind.length);
    String length =
        random.nextInt(4) == 0
            ? pick(List.of("0", "-1", "x", "99999999999", "1", "4294967296", ""))
            : Integer.toString(json.length);
    byte[] sent = random.nextInt(3) == 0 ? flipped(body) : body;
    return new Case(
        "/v2/models/credit/infer",
        sent,
        length.isEmpty()
            ? List.of("content-type", "application/octet-stream")
            : List.of("inference-header-content-length", length, "x-city", city));
  }

  private Case zipped() {
    byte[] plain = random.nextInt(200) == 0 ? new byte[32 << 20] : mutated(instances());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] zip = bytes.toByteArray();
    byte[] sent =
        switch (random.nextInt(4)) {
          case 0 -> flipped(zip);
          case 1 -> Arrays.copyOf(zip, random.nextInt(zip.length));
          default -> zip;
        };
    String encoding = pick(List.of("gzip", "gzip", "x-gzip", "deflate", "br", "gzip, gzip"));
    return new Case("/invocations", sent, List.of("content-encoding", encoding));
  }

  private byte[] mutated(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return switch (random.nextInt(6)) {
      case 0 -> flipped(bytes);
      case 1 -> Arrays.copyOf(bytes, bytes.length == 0 ? 0 : random.nextInt(bytes.length));
      case 2 -> {
        byte[] twice = Arrays.copyOf(bytes, bytes.length * 2);
        System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
        yield twice;
      }
      default -> bytes;
    };
  }

  private byte[] flipped(byte[] bytes) {
    byte[] copy = bytes.clone();
    for (int i = 1 + random.nextInt(8); i > 0 && copy.length > 0; i--) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    return copy;
  }
}
