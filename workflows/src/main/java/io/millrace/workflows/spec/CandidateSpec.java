package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.workflows.ref.Checks;
import java.util.Map;
import java.util.TreeMap;

/**
 * One family with its hyperparameters: {@code {family: mlp, hidden: [64, 32], dropout: 0.1}}.
 *
 * @param family such as {@code linear} or {@code mlp}
 * @param parameters the other keys, as JSON values
 */
public record CandidateSpec(String family, Map<String, Object> parameters) {
  public CandidateSpec {
    Checks.present("family", family);
    parameters = Map.copyOf(parameters);
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static CandidateSpec of(Map<String, Object> fields) {
    Map<String, Object> rest = new TreeMap<>(fields);
    Object family = rest.remove("family");
    return new CandidateSpec(String.valueOf(family), rest);
  }

  @JsonValue
  Map<String, Object> fields() {
    Map<String, Object> fields = new TreeMap<>(parameters);
    fields.put("family", family);
    return fields;
  }
}
