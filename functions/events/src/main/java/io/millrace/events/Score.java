package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.S3Buckets;
import io.millrace.events.score.EndpointTarget;
import io.millrace.events.score.FunctionTarget;
import io.millrace.events.score.Scorer;
import io.millrace.events.score.Target;
import io.millrace.events.secret.SecretReferences;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that has a deployed model score what an event brings:
 *
 * <ul>
 *   <li>messages of a queue, each a body of {@code /invocations} (JSON or CSV): those with a bad
 *       row, and no others, come back;
 *   <li>objects of rows (CSV, JSON lines; told by S3, EventBridge, SNS or a queue): predictions go
 *       beside them, once;
 *   <li>a call over HTTP or a plain {@code {"instances": […]}}: answered with the predictions.
 * </ul>
 *
 * <p>{@code MILLRACE_ENDPOINT_URL} is the endpoint's address and {@code MILLRACE_MODEL} its model
 * ({@code MILLRACE_ENDPOINT_KEY} refers to an API key), or {@code MILLRACE_FUNCTION} is the model's
 * function, called by {@code MILLRACE_ALIAS} (default {@code live}). {@code MILLRACE_SCORE_OUTPUT}
 * ({@code s3://bucket/prefix}) keeps the answers to messages.
 */
public final class Score implements RequestStreamHandler {
  private static final String URL = "MILLRACE_ENDPOINT_URL";
  private static final String KEY = "MILLRACE_ENDPOINT_KEY";
  private static final String FUNCTION = "MILLRACE_FUNCTION";
  private static final String OUTPUT = "MILLRACE_SCORE_OUTPUT";
  private final Scorer scorer;

  /** Built once at cold start. */
  public Score() {
    this(scorer(System.getenv()));
  }

  Score(Scorer scorer) {
    this.scorer = scorer;
  }

  private static Scorer scorer(Map<String, String> environment) {
    String output = environment.get(OUTPUT);
    return new Scorer(
        target(environment),
        S3Buckets.open(environment),
        output == null || output.isEmpty() ? null : BucketPrefix.of(OUTPUT, output));
  }

  /** Visible to tests. */
  static Target target(Map<String, String> environment) {
    String url = environment.getOrDefault(URL, "");
    String function = environment.getOrDefault(FUNCTION, "");
    if (url.isEmpty() == function.isEmpty()) {
      throw new IllegalArgumentException(
          URL + ": " + url + " (expected: exactly one of " + URL + " and " + FUNCTION + ")");
    }
    if (url.isEmpty()) {
      return new FunctionTarget(
          FunctionTarget.client(), function, environment.getOrDefault("MILLRACE_ALIAS", "live"));
    }
    String model = environment.get("MILLRACE_MODEL");
    if (model == null) {
      throw new IllegalArgumentException("MILLRACE_MODEL: null (expected: the endpoint's model)");
    }
    String reference = environment.getOrDefault(KEY, "");
    String key =
        reference.isEmpty()
            ? null
            : new String(
                new SecretReferences(environment).resolve(KEY, reference), StandardCharsets.UTF_8);
    return new EndpointTarget(
        new ModelClient(
            ClientConfig.of(URI.create(url), model)
                .withApiKey(key)
                // a server that starts; the queue's own retries come on top
                .withDeadline(Duration.ofSeconds(20))));
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    String id = context == null ? "" : context.getAwsRequestId();
    output.write(scorer.answer(EventJson.read(input), id, new EventLog(context)));
  }
}
