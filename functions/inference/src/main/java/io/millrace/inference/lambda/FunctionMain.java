package io.millrace.inference.lambda;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * A function's own entry point, for images: opens the model, then answers one call after the other
 * until the platform ends it. Stands where AWS' runtime interface client would; that one loads a
 * function by a class loader of its own, which the JVM's ahead-of-time cache does not serve.
 *
 * <p>A start is what a caller waits for, so what does not need each other goes on side by side: the
 * platform gives start-up two processors.
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
    try {
      serve(address, InferenceHandler::new);
    } catch (IOException e) {
      System.err.println("function: " + e.getMessage());
      System.exit(1);
    }
  }

  private static <T> FutureTask<T> beside(String name, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** Returns only by an exception: the platform ends a function, not the function itself. */
  static void serve(String address, Supplier<InferenceHandler> start) throws IOException {
    FutureTask<RuntimeApi> connecting =
        beside("millrace-connect", () -> RuntimeApi.connect(address));
    InferenceHandler handler;
    try {
      handler = start.get();
    } catch (RuntimeException | Error e) {
      try (RuntimeApi api = connected(connecting)) {
        api.failInit(e);
      }
      throw new IOException("start: " + e.getMessage(), e);
    }
    try (RuntimeApi api = connected(connecting)) {
      answer(api, handler);
    }
  }

  private static RuntimeApi connected(FutureTask<RuntimeApi> connecting) throws IOException {
    try {
      return connecting.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("runtime API: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("runtime API: interrupted while it was connected", e);
    }
  }

  private static void answer(RuntimeApi api, InferenceHandler handler) throws IOException {
    while (true) {
      RuntimeApi.Invocation call = api.next();
      try {
        handler.answer(
            call.event(), call.requestId(), answer -> api.answer(call.requestId(), answer));
      } catch (RuntimeException e) {
        api.fail(call.requestId(), e);
      } catch (Error e) {
        // what is left of the process is not to be trusted with a next call
        api.fail(call.requestId(), e);
        throw e;
      }
    }
  }
}
