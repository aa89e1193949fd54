package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.workflows.ref.Checks;
import java.util.Map;
import java.util.TreeMap;

/**
 * One family with its hyperparameters: {@code {family: mlp, hidden: [64, 32], dropout: 0.1}}; with
 * {@code search: {dropout: {real: [0, 0.5]}}} it stands for many.
 *
 * @param family such as {@code linear}
 * @param parameters the other keys, as JSON values
 * @param search hyperparameters that a search chooses; empty when there is nothing to choose
 */
public record CandidateSpec(
    String family, Map<String, Object> parameters, Map<String, DomainSpec> search) {
  public CandidateSpec {
    Checks.present("family", family);
    parameters = Map.copyOf(parameters);
    search = Map.copyOf(search);
  }

  /** With nothing to choose. */
  public CandidateSpec(String family, Map<String, Object> parameters) {
    this(family, parameters, Map.of());
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static CandidateSpec of(Fields fields) {
    return new CandidateSpec(fields.family, fields.parameters, fields.search);
  }

  @JsonValue
  Map<String, Object> fields() {
    Map<String, Object> fields = new TreeMap<>(parameters);
    fields.put("family", family);
    if (!search.isEmpty()) {
      fields.put("search", new TreeMap<>(search));
    }
    return fields;
  }

  /** The keys as they stand in the spec. */
  static final class Fields {
    final Map<String, Object> parameters = new TreeMap<>();
    String family = "";
    Map<String, DomainSpec> search = Map.of();

    @JsonProperty("family")
    void family(String name) {
      family = name;
    }

    @JsonProperty("search")
    void search(Map<String, DomainSpec> domains) {
      search = domains;
    }

    @JsonAnySetter
    void parameter(String name, Object value) {
      parameters.put(name, value);
    }
  }
}
