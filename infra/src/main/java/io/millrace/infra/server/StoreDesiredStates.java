package io.millrace.infra.server;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.inference.server.DesiredState;
import io.millrace.inference.server.DesiredStates;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Follows an endpoint's states in the store. The server asks five times a second, so after the
 * first look only the next number is asked for, which costs one request however long the history
 * is.
 */
final class StoreDesiredStates implements DesiredStates {
  private final Endpoints endpoints;
  private final String endpoint;
  private @Nullable Endpoint newest;

  StoreDesiredStates(Endpoints endpoints, String endpoint) {
    this.endpoints = endpoints;
    this.endpoint = endpoint;
  }

  @Override
  public synchronized Optional<DesiredState> head() {
    Endpoint known = newest;
    if (known == null) {
      known = endpoints.find(endpoint).orElse(null);
    } else {
      Optional<Endpoint> next = endpoints.at(endpoint, known.seq() + 1);
      while (next.isPresent()) {
        known = next.get();
        next = endpoints.at(endpoint, known.seq() + 1);
      }
    }
    newest = known;
    // an endpoint that moved away: what is served goes on until the server is told to end
    return Optional.ofNullable(known).flatMap(head -> head.in("local")).map(Endpoint::desired);
  }
}
