package io.millrace.inference.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.millrace.inference.protocol.Answer;
import io.millrace.inference.protocol.Invocations;
import io.millrace.inference.protocol.RequestMalformed;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers with the package that lies in the function. Takes function-URL and API-gateway (version
 * 2) events, whose body is one of {@code /invocations}, or such a body itself. Bad input is
 * answered with status 400 and {@code {"error": …}} (a direct call gets {@code
 * {"status":400,"error":…}}); anything else is thrown, so that the caller sees a failed invocation.
 *
 * <p>The model is opened by the constructor: the platform gives start-up more processor than calls.
 */
public final class InferenceHandler implements RequestStreamHandler {
  /** The folder of the package. */
  static final String PACKAGE = "MILLRACE_PACKAGE";

  /** The version, for the answers; absent when nobody gave it one. */
  static final String VERSION = "MILLRACE_VERSION";

  /** The platform's own limit of an event. */
  private static final int MAX_BYTES = 6 << 20;

  private static final int MAX_ROWS = 10_000;

  private final ModelRuntime runtime;
  private final int version;

  /** As Lambda calls it: the environment says where the package is. */
  public InferenceHandler() {
    this(System.getenv());
  }

  InferenceHandler(Map<String, String> environment) {
    runtime = ModelRuntime.open(Path.of(environment.getOrDefault(PACKAGE, "/var/task/model")));
    version = Integer.parseInt(environment.getOrDefault(VERSION, "0"));
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    byte[] event = input.readNBytes(MAX_BYTES + 1);
    output.write(answer(event, context == null ? "" : context.getAwsRequestId()));
  }

  private byte[] answer(byte[] event, String requestId) {
    FunctionEvent read;
    try {
      if (event.length > MAX_BYTES) {
        throw new RequestMalformed("body: more than 6 MB (expected: at most 6 MB)");
      }
      read = FunctionEvent.read(event);
    } catch (RequestMalformed e) {
      return FunctionEvent.direct(400, String.valueOf(e.getMessage()));
    }
    try {
      Rows rows = Invocations.read(read.body(), read.contentType(), runtime.schema(), MAX_ROWS);
      Answer answer = new Answer(requestId, runtime.manifest(), version, runtime.predict(rows));
      byte[] body = Invocations.write(answer);
      return read.http() ? FunctionEvent.http(200, body, requestId, version) : body;
    } catch (RequestMalformed | RowInvalid e) {
      String message = String.valueOf(e.getMessage());
      return read.http()
          ? FunctionEvent.http(400, Invocations.error(message), requestId, version)
          : FunctionEvent.direct(400, message);
    }
  }
}
