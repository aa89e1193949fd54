package io.millrace.workflows.failure;

import io.temporal.failure.ApplicationErrorCategory;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalException;
import io.temporal.failure.TimeoutFailure;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The only place that builds and reads {@link ApplicationFailure}s. */
public final class Failures {
  private Failures() {}

  /** Messages read {@code rows: 0 (expected: > 0)}: name, value, what was wanted. */
  public static ApplicationFailure of(FailureType type, String message, Object... details) {
    return of(type, null, message, details);
  }

  public static ApplicationFailure of(
      FailureType type, @Nullable Throwable cause, String message, Object... details) {
    ApplicationFailure.Builder builder =
        ApplicationFailure.newBuilder()
            .setMessage(message)
            .setType(type.name())
            .setNonRetryable(!type.retryable())
            .setDetails(details);
    if (cause != null) {
      builder.setCause(cause);
    }
    if (type == FailureType.SPOT_INTERRUPTED) {
      builder
          .setCategory(ApplicationErrorCategory.BENIGN)
          .setNextRetryDelay(Duration.ofMillis(200));
    }
    return builder.build();
  }

  /**
   * For update validators: what they throw arrives without its type (SDK 1.38), so the message
   * begins with it, and {@link #typeOf} and {@link #sentence} read it from there.
   */
  public static ApplicationFailure refused(FailureType type, String message) {
    return of(type, type.name() + ": " + message);
  }

  /** The outermost type of ours in the chain; empty when none of it is ours. */
  public static Optional<FailureType> typeOf(@Nullable Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ApplicationFailure application) {
        String message = String.valueOf(application.getOriginalMessage());
        for (FailureType type : FailureType.values()) {
          if (type.name().equals(application.getType()) || message.startsWith(type.name() + ": ")) {
            return Optional.of(type);
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The sentence of the failure that says most, without Temporal's wrapping. */
  public static String sentence(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ApplicationFailure application) {
        return untyped(String.valueOf(application.getOriginalMessage()));
      }
      if (t instanceof TimeoutFailure timeout) {
        return "no answer in time (" + timeout.getTimeoutType() + ")";
      }
      if (t instanceof CanceledFailure) {
        return "cancelled";
      }
      // the client's exceptions wrap ours as the server's failures do
      if (!(t instanceof TemporalException)) {
        return t.getClass().getSimpleName() + ": " + t.getMessage();
      }
    }
    return String.valueOf(failure.getMessage());
  }

  private static String untyped(String message) {
    for (FailureType type : FailureType.values()) {
      if (message.startsWith(type.name() + ": ")) {
        return message.substring(type.name().length() + 2);
      }
    }
    return message;
  }

  /** True when the chain ends in a cancellation. */
  public static boolean cancelled(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CanceledFailure) {
        return true;
      }
    }
    return false;
  }
}
