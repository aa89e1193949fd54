package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import org.jspecify.annotations.Nullable;

/** Where the container image of a version is to be had. Implementations are thread-safe. */
@FunctionalInterface
public interface VersionImages {
  /**
   * Sees to it that the image is there; the same version gives the same image.
   *
   * @param registry repository it is pushed to; null leaves it in this machine's engine
   * @return reference by which whoever runs it finds it
   * @throws io.temporal.failure.ApplicationFailure when it cannot be made or pushed
   */
  String of(Endpoint endpoint, DesiredState.Version version, @Nullable String registry);
}
