package io.millrace.workflows.port;

import io.millrace.workflows.ref.RunRef;

/**
 * A request of a {@link Journaled} activity. Everything in it but {@code run} is part of the key.
 */
public interface JournaledRequest {
  RunRef run();
}
