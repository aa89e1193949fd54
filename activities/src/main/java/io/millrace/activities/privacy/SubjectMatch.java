package io.millrace.activities.privacy;

import io.millrace.activities.data.KeyedDigest;
import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.secret.SecretResolver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a subject may be written in the store: as the key itself, as its hash, or as a token of a
 * dataset.
 *
 * @param keyReference secret of {@code data.privacy.key}; null looks for the key itself only
 */
record SubjectMatch(String key, @Nullable String keyReference, SecretResolver secrets) {

  /** Texts that stand for the subject, and ends of tokens. */
  private record Forms(List<String> equal, List<String> tokens) {}

  private Forms forms(String dataset) {
    List<String> equal = new ArrayList<>(List.of(key));
    List<String> tokens = new ArrayList<>();
    if (keyReference != null) {
      KeyedDigest digest = KeyedDigest.of(keyReference, dataset, secrets);
      equal.add(digest.hash(key));
      tokens.add(digest.token("", key));
    }
    return new Forms(equal, tokens);
  }

  /** SQL: whether a column names the subject; false for a missing value. */
  String condition(String dataset, String column) {
    Forms forms = forms(dataset);
    List<String> conditions = new ArrayList<>();
    forms.equal().forEach(v -> conditions.add("trim(%s) = %s".formatted(column, DuckDb.text(v))));
    forms.tokens().forEach(v -> conditions.add("suffix(%s, %s)".formatted(column, DuckDb.text(v))));
    return "coalesce(" + String.join(" OR ", conditions) + ", false)";
  }

  /** Whether an entity of a model's log is the subject. */
  boolean is(String model, @Nullable String entity) {
    if (entity == null) {
      return false;
    }
    Forms forms = forms(model);
    return forms.equal().contains(entity.strip())
        || forms.tokens().stream().anyMatch(entity::endsWith);
  }
}
