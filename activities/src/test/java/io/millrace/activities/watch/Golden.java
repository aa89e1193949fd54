package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.StreamSupport;

/** Expected values computed with scipy, Evidently and NannyML. */
final class Golden {
  static final JsonNode ALL = read();

  private Golden() {}

  static JsonNode hand(String id) {
    return StreamSupport.stream(ALL.get("hand").spliterator(), false)
        .filter(node -> node.get("id").asText().equals(id))
        .findFirst()
        .orElseThrow();
  }

  static JsonNode half(int half, String column) {
    String name = half == 0 ? "first_half_rows_0_24999" : "second_half_rows_25000_49999";
    return ALL.get("car_loan").get(name).get(column);
  }

  static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static JsonNode read() {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/golden_drift_given.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
