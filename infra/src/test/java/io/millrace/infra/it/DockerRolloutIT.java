package io.millrace.infra.it;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.workflows.spec.TargetSpec;

/** The same with containers behind a proxy. */
class DockerRolloutIT extends RolloutScenarios {
  /** The slow version has 500 layers, which want more memory than the others. */
  @Override
  TargetSpec target() {
    return new TargetSpec(
        null, null, new TargetSpec.Docker(0, "127.0.0.1", "1024MB", 1), null, null, null);
  }

  @Override
  void remove(Endpoint endpoint) {
    DockerEndpoints.target(
            machine().store(), machine().config().scratch(), machine().config().scratch())
        .remove(endpoint);
  }
}
