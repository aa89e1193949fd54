package io.millrace.workflows.port;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What every fake does before it answers: writes the call down, and fails when it was told to. */
public abstract class Script {
  private static final int FOREVER = Integer.MAX_VALUE;

  private record Trouble(RuntimeException failure, int[] left) {}

  private final Map<String, Deque<Trouble>> troubles = new HashMap<>();
  private final Map<String, List<Object>> calls = new HashMap<>();

  /** The next {@code times} calls of the method fail. */
  public synchronized void fail(String method, int times, FailureType type, String message) {
    fail(method, times, Failures.of(type, message));
  }

  /** The next {@code times} calls of the method throw. */
  public synchronized void fail(String method, int times, RuntimeException failure) {
    troubles
        .computeIfAbsent(method, m -> new ArrayDeque<>())
        .add(new Trouble(failure, new int[] {times}));
  }

  /** Fails until {@link #mend}. */
  public void breakDown(String method, FailureType type, String message) {
    fail(method, FOREVER, type, message);
  }

  public synchronized void mend(String method) {
    troubles.remove(method);
  }

  /** Requests of the method so far, failed ones too. */
  public synchronized List<Object> calls(String method) {
    return List.copyOf(calls.getOrDefault(method, List.of()));
  }

  /** The same, typed. */
  public <T> List<T> calls(String method, Class<T> type) {
    return calls(method).stream().map(type::cast).toList();
  }

  protected synchronized void called(String method, Object request) {
    calls.computeIfAbsent(method, m -> new ArrayList<>()).add(request);
    Deque<Trouble> queue = troubles.get(method);
    if (queue == null || queue.isEmpty()) {
      return;
    }
    Trouble trouble = queue.peek();
    if (trouble.left()[0] != FOREVER && --trouble.left()[0] <= 0) {
      queue.remove();
    }
    throw trouble.failure();
  }
}
