package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is looked for before anything is stored, and what is done when it is found.
 *
 * @param detect {@code all} or {@code none}
 * @param key reference to the secret of {@code hash} and {@code tokenise}; null when neither is
 *     used
 * @param columns actions for single columns, over {@code onFind}; {@code allow} keeps the values
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record PrivacySpec(
    String detect, Action onFind, @Nullable String key, Map<String, Action> columns) {
  public PrivacySpec {
    columns = columns == null ? Map.of() : Map.copyOf(columns);
  }

  /** What is done with personal data. */
  public enum Action {
    @JsonProperty("allow")
    ALLOW,
    @JsonProperty("drop")
    DROP,
    @JsonProperty("mask")
    MASK,
    @JsonProperty("hash")
    HASH,
    @JsonProperty("tokenise")
    TOKENISE,
    @JsonProperty("block")
    BLOCK
  }
}
