package io.millrace.activities.watch;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Reads objects of a store at the same time: each waits for the network, not for the CPU. */
final class Together {
  private Together() {}

  /** In the order of what was asked for; a failure is the first one's. For a few at a time. */
  static <A, B> List<B> all(List<A> asked, Function<A, B> read) {
    if (asked.size() == 1) {
      return List.of(read.apply(asked.getFirst()));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<B>> answers = new ArrayList<>();
      for (A one : asked) {
        answers.add(threads.submit(() -> read.apply(one)));
      }
      List<B> all = new ArrayList<>();
      for (Future<B> answer : answers) {
        all.add(answer.get());
      }
      return all;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw Failures.of(
          FailureType.INVARIANT_BROKEN, e, "a part: could not be read (expected: to be): " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "a part: interrupted (expected: to be read)");
    }
  }

  /** Consecutive groups of at most so many. */
  static <A> List<List<A>> groups(List<A> all, int most) {
    List<List<A>> groups = new ArrayList<>();
    for (int from = 0; from < all.size(); from += most) {
      groups.add(all.subList(from, Math.min(all.size(), from + most)));
    }
    return groups;
  }
}
