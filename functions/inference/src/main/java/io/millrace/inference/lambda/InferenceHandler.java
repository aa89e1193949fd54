package io.millrace.inference.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.model.SealedManifest;
import io.millrace.inference.protocol.RequestMalformed;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.RuntimeChoice;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers with the package that lies in the function: the model server's paths and bodies, behind a
 * function URL, an API gateway, a load balancer, or called directly with a body. Bad input is
 * answered with a 4xx status that names the field; a defect is thrown, so that the caller and the
 * platform see a failed invocation. What was answered goes into the same prediction log as a
 * server's.
 *
 * <p>The model is opened by the constructor: the platform gives start-up more processor than calls.
 */
public final class InferenceHandler implements RequestStreamHandler {
  /** The platform's own limit of an event. */
  private static final int MAX_BYTES = 6 << 20;

  private static final int LONGEST_ID = 128;

  static {
    // a function brings no logging backend: what matters is in its own lines
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    Path natives = Path.of("/var/task/native");
    if (Files.isDirectory(natives)) {
      System.setProperty("onnxruntime.native.path", natives.toString());
    }
  }

  private final ModelRuntime runtime;
  private final FunctionConfig config;
  private final FunctionKeys keys;
  private final FunctionRoutes routes;
  private final Map<String, String> environment;
  private final Consumer<String> lines;
  private final Instant ready;
  private boolean started;
  private boolean opened;
  private @Nullable FunctionLog log;

  /** As Lambda calls it: the environment says where the package is. */
  public InferenceHandler() {
    this(System.getenv(), line -> System.out.print(line + "\n"));
  }

  /**
   * @param lines takes the log's lines
   */
  InferenceHandler(Map<String, String> environment, Consumer<String> lines) {
    this.environment = environment;
    this.lines = lines;
    config = FunctionConfig.of(environment);
    runtime = open(config);
    keys = new FunctionKeys(config.keys());
    routes = new FunctionRoutes(runtime, config);
    ready = Instant.now();
  }

  /**
   * Of the process table: the management beans cost a start tens of milliseconds. Asked when the
   * answer is sent; an instance of a snapshot may have begun after it was ready, by its clock.
   */
  private long initMillis() {
    return ProcessHandle.current()
        .info()
        .startInstant()
        .map(begun -> Math.max(0, Duration.between(begun, ready).toMillis()))
        .orElse(0L);
  }

  private static ModelRuntime open(FunctionConfig config) {
    Path sealed = config.sealed();
    if (sealed == null) {
      return ModelRuntime.open(config.packageDir());
    }
    try {
      return ModelRuntime.openSealed(
          config.packageDir(),
          SealedManifest.read(Files.readAllBytes(sealed)),
          RuntimeChoice.ofProcess());
    } catch (IOException e) {
      throw new PackageInvalid(
          FunctionConfig.SEALED + ": " + sealed + " cannot be read (expected: a file)", e);
    }
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, @Nullable Context context)
      throws IOException {
    answer(
        input.readNBytes(MAX_BYTES + 1),
        context == null ? UUID.randomUUID().toString() : platformId(context),
        output::write);
  }

  /** Takes an answer to whoever asked. */
  interface Reply {
    void send(byte[] answer) throws IOException;
  }

  /**
   * Answers one event, and writes the logs when the answer is on its way; what is thrown is a
   * defect, or what the reply throws.
   */
  void answer(byte[] event, String platformId, Reply to) throws IOException {
    Call call = new Call(platformId);
    try {
      to.send(call.answer(event));
    } finally {
      call.end();
    }
  }

  /** Writes the log to its end. @return false when the sink did not take it in time */
  boolean close() {
    return log == null || log.close();
  }

  private static String platformId(Context context) {
    String id = context.getAwsRequestId();
    return id == null ? UUID.randomUUID().toString() : id;
  }

  /** Instances take one call after the other. */
  private @Nullable FunctionLog log() {
    if (!opened) {
      opened = true;
      log = FunctionLog.open(config, routes.endpoint(), runtime.manifest(), environment);
    }
    return log;
  }

  private final class Call {
    private final String platformId;
    private final Instant time = Instant.now();
    private final long start = System.nanoTime();
    private String requestId;
    private String path = "";
    private int status = 500;
    private int rows;
    private @Nullable String error;
    private boolean scoring;
    private boolean logged;

    /** Microseconds until the answer was there; -1: it never was. */
    private long took = -1;

    Call(String platformId) {
      this.platformId = platformId;
      this.requestId = platformId;
    }

    byte[] answer(byte[] bytes) {
      FunctionEvent.Front front = FunctionEvent.Front.DIRECT;
      FunctionReply reply;
      try {
        if (bytes.length > MAX_BYTES) {
          throw new RequestMalformed("body: more than 6 MB (expected: at most 6 MB)");
        }
        FunctionEvent event = FunctionEvent.read(bytes);
        front = event.front();
        path = event.path();
        requestId = requestId(event);
        reply = reply(event);
      } catch (RequestMalformed | RowInvalid e) {
        reply = FunctionReply.problem(400, String.valueOf(e.getMessage()));
        if (e instanceof RowInvalid) {
          failed(true);
        }
      } catch (RuntimeException | Error e) {
        error = e.toString();
        failed(false);
        throw e;
      }
      status = reply.status();
      rows = reply.rows();
      byte[] answer = headed(reply).to(front);
      took = micros();
      return answer;
    }

    private FunctionReply reply(FunctionEvent event) {
      if (!FunctionRoutes.open(event) && !keys.admits(event)) {
        return FunctionReply.problem(
                401,
                "key: missing or unknown (expected: Authorization: Bearer KEY, or x-api-key: KEY)")
            .with("www-authenticate", "Bearer");
      }
      scoring = true;
      return routes.answer(
          event,
          requestId,
          (scored, predictions) -> {
            FunctionLog to = log();
            if (to != null) {
              to.answered(requestId, time, scored, predictions, micros());
              logged = true;
            }
          });
    }

    private void failed(boolean invalid) {
      FunctionLog to = log();
      if (to != null && scoring && !logged) {
        to.failed(time, micros(), invalid);
      }
    }

    private FunctionReply headed(FunctionReply reply) {
      FunctionReply named = reply.with("x-request-id", requestId);
      return config.version() > 0
          ? named.with("x-millrace-version", Integer.toString(config.version()))
          : named;
    }

    private String requestId(FunctionEvent event) {
      String given = event.header("x-request-id").orElse("");
      if (sound(given)) {
        return given;
      }
      String front = event.requestId();
      return front != null && sound(front) ? front : platformId;
    }

    private long micros() {
      return (System.nanoTime() - start) / 1_000;
    }

    void end() {
      long micros = took < 0 ? micros() : took;
      FunctionLog to = log;
      if (to != null) {
        to.settle();
      }
      lines.accept(
          new CallLine(
                  time,
                  requestId,
                  platformId,
                  routes.endpoint(),
                  config.version(),
                  path,
                  status,
                  rows,
                  micros,
                  started ? null : initMillis(),
                  to == null ? 0 : to.failures(),
                  to == null ? 0 : to.droppedRows(),
                  error)
              .text());
      started = true;
    }
  }

  /** Printable ASCII: it goes into headers and logs. */
  private static boolean sound(String id) {
    if (id.isEmpty() || id.length() > LONGEST_ID) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) <= ' ' || id.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }
}
