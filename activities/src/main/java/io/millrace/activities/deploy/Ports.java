package io.millrace.activities.deploy;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.stream.Collectors;

/** Ports of this machine for endpoints that name none. */
public final class Ports {
  private static final int FIRST = 20_000;
  private static final int COUNT = 5_000;

  private Ports() {}

  /**
   * A port that no endpoint of the store has and nobody listens on. It is below the ports that the
   * system gives to outgoing connections, so that it is still free when a server comes back.
   */
  public static int free(ObjectStore store, String endpoint) {
    Set<Integer> taken =
        new Endpoints(store).all().stream().map(Endpoint::port).collect(Collectors.toSet());
    int first = Math.floorMod(endpoint.hashCode(), COUNT);
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + (first + i) % COUNT;
      if (!taken.contains(port) && free(port)) {
        return port;
      }
    }
    throw Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        "port: none free (expected: one of %d..%d)".formatted(FIRST, FIRST + COUNT - 1));
  }

  private static boolean free(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
