package io.millrace.inference.server;

import java.util.Optional;

/** Where a server learns what to serve. */
public interface DesiredStates {
  /**
   * The newest state; empty when there is none yet.
   *
   * @throws RuntimeException when it cannot be read now; the server goes on with what it has
   */
  Optional<DesiredState> head();
}
