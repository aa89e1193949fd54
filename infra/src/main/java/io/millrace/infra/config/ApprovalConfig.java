package io.millrace.infra.config;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where people answer for a run by a signed link; {@code infra/docs/functions.md} describes it.
 *
 * @param url the page, without a query
 * @param key reference to the secret that signs, at least 32 bytes
 */
public record ApprovalConfig(URI url, String key) {
  static final Map<String, String> DEFAULTS = Map.of("approval.url", "", "approval.key", "");

  /** Null when there is no such page: notifications then carry no links. */
  static @Nullable ApprovalConfig from(Function<String, String> get, List<String> problems) {
    String url = get.apply("approval.url");
    String key = get.apply("approval.key");
    if (url.isEmpty() && key.isEmpty()) {
      return null;
    }
    if (!key.startsWith("secret:")) {
      // it may be the secret itself, written by mistake
      problems.add(
          "approval.key: "
              + key.length()
              + " characters (expected: a reference such as secret:env:NAME, with approval.url)");
    }
    try {
      URI page = URI.create(url);
      if (page.getHost() != null
          && List.of("http", "https").contains(page.getScheme())
          && page.getQuery() == null
          && page.getFragment() == null) {
        return new ApprovalConfig(page, key);
      }
    } catch (IllegalArgumentException e) {
      // reported below as any other text that is no such URL
    }
    problems.add("approval.url: " + url + " (expected: an http(s) URL without a query)");
    return null;
  }
}
