package io.millrace.activities.compute;

import io.millrace.workflows.pool.ComputePool.Warning;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.imds.Ec2MetadataClient;
import software.amazon.awssdk.imds.Ec2MetadataClientException;
import software.amazon.awssdk.imds.Ec2MetadataRetryPolicy;

/**
 * Asks the metadata service of this machine every few seconds whether the machine is about to be
 * taken away, and says so once for each kind of warning. A service that does not answer, or answers
 * something else, says nothing and ends nothing.
 */
public final class SpotNotice implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpotNotice.class);
  private static final String ACTION = "/latest/meta-data/spot/instance-action";
  private static final String REBALANCE = "/latest/meta-data/events/recommendations/rebalance";

  /** What EC2 recommends; a notice comes two minutes ahead. */
  public static final Duration EVERY = Duration.ofSeconds(5);

  private final Ec2MetadataClient metadata;
  private final Duration every;
  private final Consumer<Warned> receiver;
  private final Set<Warning> told = EnumSet.noneOf(Warning.class);
  private final Thread thread;
  private volatile boolean closed;
  private boolean answering = true;

  /**
   * @param at when the machine goes; null when it was not said
   */
  public record Warned(Warning kind, @Nullable Instant at) {}

  /**
   * @param endpoint of the service; null for the SDK's chain ({@code
   *     AWS_EC2_METADATA_SERVICE_ENDPOINT}, else the address every instance has)
   * @param receiver called in this watcher's own thread with a notice, in one of its own with
   *     advice: a notice that follows does not wait for who is slow to hear that; what it throws is
   *     logged
   */
  public SpotNotice(@Nullable URI endpoint, Duration every, Consumer<Warned> receiver) {
    this.every = every;
    this.receiver = receiver;
    Ec2MetadataClient.Builder builder =
        Ec2MetadataClient.builder()
            .httpClient(
                UrlConnectionHttpClient.builder()
                    // one hop away: what takes longer is not there
                    .connectionTimeout(Duration.ofSeconds(1))
                    .socketTimeout(Duration.ofSeconds(2)))
            // the next look is the retry
            .retryPolicy(Ec2MetadataRetryPolicy.none());
    this.metadata = endpoint == null ? builder.build() : builder.endpoint(endpoint).build();
    this.thread = Thread.ofPlatform().daemon().name("spot-notice").unstarted(this::watch);
  }

  /** Begins to ask. */
  public SpotNotice start() {
    thread.start();
    return this;
  }

  private void watch() {
    while (!closed) {
      look();
      LockSupport.parkNanos(every.toNanos());
    }
  }

  /** One look at both; what is new is told. */
  void look() {
    read(ACTION)
        .flatMap(body -> warned(Warning.NOTICE, body, "time"))
        // stop and hibernate take the machine away as well
        .ifPresent(this::tell);
    read(REBALANCE)
        .flatMap(body -> warned(Warning.REBALANCE, body, "noticeTime"))
        .map(rebalance -> new Warned(rebalance.kind(), null))
        .ifPresent(this::tell);
  }

  private void tell(Warned warned) {
    if (!told.add(warned.kind())) {
      return;
    }
    LOG.info("the metadata service says {} {}", warned.kind(), warned.at());
    if (warned.kind() == Warning.REBALANCE) {
      // a Temporal server that does not answer is asked for minutes, and the machine has two of
      // them
      Thread.ofVirtual().name("spot-advice").start(() -> hand(warned));
    } else {
      hand(warned);
    }
  }

  private void hand(Warned warned) {
    try {
      receiver.accept(warned);
    } catch (RuntimeException e) {
      LOG.warn("{}: {}", warned.kind(), e.toString());
    }
  }

  private Optional<String> read(String path) {
    try {
      String body = metadata.get(path).asString();
      answering = true;
      return Optional.of(body);
    } catch (Ec2MetadataClientException e) {
      // 404 is the usual answer: nothing is planned
      if (e.statusCode() != 404) {
        silent(e);
      }
      return Optional.empty();
    } catch (SdkException | IllegalStateException e) {
      silent(e);
      return Optional.empty();
    }
  }

  private void silent(RuntimeException e) {
    if (answering) {
      LOG.warn("the metadata service does not answer, which says nothing: {}", e.toString());
    }
    answering = false;
  }

  /** Empty for a body that is none of the service's. */
  private static Optional<Warned> warned(Warning kind, String body, String field) {
    try {
      String text = PayloadJson.mapper().readTree(body).path(field).asText();
      return Optional.of(new Warned(kind, Instant.parse(text)));
    } catch (DateTimeParseException e) {
      return Optional.of(new Warned(kind, null));
    } catch (IOException e) {
      LOG.warn("{}: {} (expected: JSON)", kind, body);
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    metadata.close();
  }
}
