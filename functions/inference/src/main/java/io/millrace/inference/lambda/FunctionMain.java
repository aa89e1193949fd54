package io.millrace.inference.lambda;

import java.io.IOException;
import java.util.function.Supplier;

/**
 * A function's own entry point, for images: opens the model, then answers one call after the other
 * until the platform ends it. Stands where AWS' runtime interface client would; that one loads a
 * function by a class loader of its own, which the JVM's ahead-of-time cache does not serve.
 */
public final class FunctionMain {
  private FunctionMain() {}

  /**
   * Takes no arguments; ends with 1 when the model cannot be opened or the platform is gone.
   *
   * @param args none
   */
  public static void main(String[] args) {
    String address = System.getenv("AWS_LAMBDA_RUNTIME_API");
    if (address == null) {
      System.err.println(
          "AWS_LAMBDA_RUNTIME_API: not set (expected: host:port; Lambda and its emulator set it)");
      System.exit(1);
    }
    try (RuntimeApi api = RuntimeApi.connect(address)) {
      serve(api, InferenceHandler::new);
    } catch (IOException e) {
      System.err.println("function: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Returns only by an exception: the platform ends a function, not the function itself. */
  static void serve(RuntimeApi api, Supplier<InferenceHandler> start) throws IOException {
    InferenceHandler handler;
    try {
      handler = start.get();
    } catch (RuntimeException | Error e) {
      api.failInit(e);
      throw new IOException("start: " + e.getMessage(), e);
    }
    while (true) {
      RuntimeApi.Invocation call = api.next();
      byte[] answer;
      try {
        answer = handler.answer(call.event(), call.requestId());
      } catch (RuntimeException e) {
        api.fail(call.requestId(), e);
        continue;
      } catch (Error e) {
        // what is left of the process is not to be trusted with a next call
        api.fail(call.requestId(), e);
        throw e;
      }
      api.answer(call.requestId(), answer);
    }
  }
}
