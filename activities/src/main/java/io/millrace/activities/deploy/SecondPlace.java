package io.millrace.activities.deploy;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The second place of an endpoint that moves from one target to another.
 *
 * @param role what it is there for
 * @param target its kind, another than the endpoint's own
 * @param port of its own on its host; 0 for none
 * @param versions loaded there, with their shares of the traffic that comes there
 * @param settings of the target; null in states of releases that had local ones only
 * @param scale instances of a version; null is one
 * @param address where requests go; null while that is not known
 */
public record SecondPlace(
    Role role,
    String target,
    int port,
    List<DesiredState.Version> versions,
    @Nullable TargetSpec settings,
    @Nullable ScaleSpec scale,
    @Nullable String address) {
  public SecondPlace {
    versions = Checks.list(versions);
  }

  /** What a second place is there for. */
  public enum Role {
    /** Made ready, without traffic yet. */
    NEXT,
    /** The place before, which goes on serving until nobody comes any more. */
    FORMER,
    /** Being drained and removed. */
    LEAVING
  }

  /** The same place in another role. */
  SecondPlace as(Role now) {
    return new SecondPlace(now, target, port, versions, settings, scale, address);
  }
}
