package io.millrace.activities.compute;

import io.millrace.activities.aws.AwsBounds;
import io.millrace.activities.aws.AwsClients;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.ec2.Ec2Client;

/**
 * EC2 clients with bounded waits. Credentials, region and {@code AWS_ENDPOINT_URL_EC2} or {@code
 * AWS_ENDPOINT_URL} come from the SDK's own chain.
 */
public final class Ec2Clients {
  /**
   * An instant fleet answers when it has tried every offering; three calls of a launch stay within
   * the 60 s of its activity.
   */
  private static final AwsBounds BOUNDS =
      AwsBounds.ofCall(Duration.ofSeconds(15), Duration.ofSeconds(18), 3);

  private Ec2Clients() {}

  /** A client on the SDK's chain. */
  public static Ec2Client open() {
    return open(null);
  }

  /**
   * @param endpoint another endpoint than the chain's; null for the chain's
   */
  public static Ec2Client open(@Nullable URI endpoint) {
    return AwsClients.built(Ec2Client.builder(), BOUNDS, endpoint);
  }
}
