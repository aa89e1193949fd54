package io.millrace.activities.search;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.search.SearchActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Proposals by the method of the spec, each kept under its number: {@code
 * runs/<runId>/search/<digest>/<number>.json}, created once. The digest is of what the search is:
 * data, candidates, method, objective, seed.
 */
public final class SeededSearch implements SearchActivities {
  private final ObjectStore store;

  public SeededSearch(ObjectStore store) {
    this.store = store;
  }

  @Override
  public Proposal propose(ProposeRequest request) {
    String search = digest(request).substring(0, 12);
    String own = key(request.run().runId(), search, request.number());
    Optional<Proposal> before = read(own);
    String earlier = request.run().resumeFrom();
    if (before.isEmpty() && earlier != null) {
      before = read(key(earlier, search, request.number()));
    }
    Proposal proposal = before.orElseGet(() -> proposal(request));
    if (proposal.kind() != Kind.TRAIN || store.create(own, json(proposal))) {
      return proposal;
    }
    return read(own)
        .orElseThrow(
            () ->
                Failures.of(
                    FailureType.STORE_CORRUPT,
                    "proposal: " + own + " (expected: to be there, it could not be created)"));
  }

  /** What the method says, nothing kept. */
  static Proposal proposal(ProposeRequest request) {
    List<Space> spaces = Space.of(request.candidates());
    return switch (request.search().method()) {
      case NONE, GRID -> next(new GridSampler(), spaces, request);
      case RANDOM -> next(new RandomSampler(), spaces, request);
      case TPE -> next(new ParzenSampler(), spaces, request);
      case ASHA -> new Halving(new RandomSampler(), request).next(spaces);
    };
  }

  private static Proposal next(Sampler sampler, List<Space> spaces, ProposeRequest request) {
    int trial = request.tried().size();
    Integer most = request.search().trials();
    if (most != null && trial >= most) {
      return Proposal.END;
    }
    return sampler
        .next(spaces, request)
        .map(choice -> Proposal.train(trial, choice.source(), choice.candidate(), null))
        .orElse(Proposal.END);
  }

  private static String digest(ProposeRequest request) {
    Map<?, ?> fields = PayloadJson.mapper().convertValue(request, Map.class);
    Map<Object, Object> rest = new TreeMap<>(fields);
    rest.keySet().removeAll(List.of("run", "number", "tried"));
    return PayloadJson.digest(rest);
  }

  private static String key(String runId, String search, int number) {
    return "runs/"
        + Checks.name("runId", runId)
        + "/search/"
        + search
        + "/"
        + "%05d".formatted(number)
        + ".json";
  }

  private Optional<Proposal> read(String key) {
    return store
        .get(key)
        .map(
            bytes -> {
              try {
                Proposal proposal = PayloadJson.mapper().readValue(bytes, Proposal.class);
                if (proposal != null && proposal.kind() == Kind.TRAIN) {
                  return proposal;
                }
              } catch (IOException | IllegalArgumentException e) {
                throw corrupt(key, e);
              }
              throw corrupt(key, null);
            });
  }

  private static RuntimeException corrupt(
      String key, @org.jspecify.annotations.Nullable Exception cause) {
    return Failures.of(
        FailureType.STORE_CORRUPT, cause, "proposal: " + key + " (expected: JSON of a Proposal)");
  }

  private static byte[] json(Proposal proposal) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(proposal);
    } catch (IOException e) {
      throw new IllegalStateException("a proposal is plain values", e);
    }
  }
}
