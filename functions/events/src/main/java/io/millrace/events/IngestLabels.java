package io.millrace.events;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.millrace.events.event.EventJson;
import io.millrace.events.event.EventLog;
import io.millrace.events.labels.LabelIntake;
import io.millrace.events.object.BucketPrefix;
import io.millrace.events.object.S3Buckets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lambda handler that keeps what came true, as {@code infra/millrace labels add} does: the same
 * checks, the same place in the store ({@code labels/<model>/dt=…/…}), and labels that come again
 * add nothing. Takes objects (CSV or JSON lines; told by S3, EventBridge, SNS or a queue), messages
 * of a queue and calls over HTTP ({@code {"model": …, "labels": [{…}]}}, or CSV). A queue gets back
 * the messages that failed.
 *
 * <p>{@code MILLRACE_STORE_URI} is the store ({@code s3://bucket/prefix}). With {@code
 * MILLRACE_MODEL} all labels are that model's; without it an object's folder names the model.
 */
public final class IngestLabels implements RequestStreamHandler {
  private static final String STORE = "MILLRACE_STORE_URI";
  private final LabelIntake intake;

  /** Built once at cold start. */
  public IngestLabels() {
    this(intake(System.getenv()));
  }

  IngestLabels(LabelIntake intake) {
    this.intake = intake;
  }

  private static LabelIntake intake(Map<String, String> environment) {
    String model = environment.getOrDefault("MILLRACE_MODEL", "");
    return new LabelIntake(
        S3Buckets.open(environment),
        BucketPrefix.of(STORE, environment.getOrDefault(STORE, "")),
        model.isEmpty() ? null : model,
        InstantSource.system());
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    output.write(intake.answer(EventJson.read(input), new EventLog(context)));
  }
}
