package io.millrace.activities.deploy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Versions that could not be made, and why. One that is not needed must not keep the others from
 * being served: a rollback goes past it.
 */
public final class Broken {
  private final Map<Integer, ApplicationFailure> failures = new TreeMap<>();

  /** Makes a version; what goes wrong is kept. */
  public void attempt(int version, Runnable making) {
    try {
      making.run();
    } catch (ApplicationFailure e) {
      failures.put(version, e);
    }
  }

  /**
   * @throws ApplicationFailure of the first needed version that could not be made
   */
  public void refuse(String endpoint, Set<Integer> needed) {
    failures.forEach(
        (version, failure) -> {
          if (needed.contains(version)) {
            throw Failures.of(
                Failures.typeOf(failure).orElse(FailureType.ENDPOINT_UNAVAILABLE),
                failure,
                "endpoint "
                    + endpoint
                    + ": version "
                    + version
                    + ": "
                    + Failures.sentence(failure));
          }
        });
  }
}
