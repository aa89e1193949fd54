package io.millrace.inference.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The endpoints of a server, and which of them a request means. */
final class ServedEndpoints {
  private static final HeaderName MODEL = HeaderNames.create("x-millrace-model");
  private final Map<String, Served> byName = new LinkedHashMap<>();
  private final Served main;

  /**
   * @param all the first is meant where a request names none
   */
  ServedEndpoints(List<Served> all) {
    main = all.getFirst();
    all.forEach(served -> byName.put(served.name(), served));
  }

  Collection<Served> all() {
    return byName.values();
  }

  /** True when every endpoint has a version to answer with. */
  boolean serve() {
    return byName.values().stream().allMatch(served -> served.fleet().snapshot().serves());
  }

  /**
   * By the path: the endpoint's name, or the name of a model that one has loaded.
   *
   * @throws HttpProblem 404
   */
  Served ofModel(String model) {
    Served named = byName.get(model);
    if (named != null) {
      return named;
    }
    return byName.values().stream()
        .filter(served -> served.hasModel(model))
        .findFirst()
        .orElseThrow(
            () ->
                new HttpProblem(
                    404,
                    "model: " + model + " (expected: " + String.join(", ", byName.keySet()) + ")"));
  }

  /**
   * By the header {@code x-millrace-model}; without it a server of one endpoint means that one.
   *
   * @throws HttpProblem 400 or 404
   */
  Served ofInvocation(ServerRequest request) {
    String model = request.headers().first(MODEL).map(String::strip).orElse("");
    if (!model.isEmpty()) {
      return ofModel(model);
    }
    if (byName.size() > 1) {
      throw new HttpProblem(
          400,
          "x-millrace-model: missing (expected: one of "
              + String.join(", ", byName.keySet())
              + ")");
    }
    return main;
  }

  /** By the query {@code endpoint}; without it the first. @throws HttpProblem 404 */
  Served ofQuery(ServerRequest request) {
    String name = request.query().first("endpoint").orElse(main.name());
    Served served = byName.get(name);
    if (served == null) {
      throw new HttpProblem(
          404, "endpoint: " + name + " (expected: " + String.join(", ", byName.keySet()) + ")");
    }
    return served;
  }
}
