package io.millrace.infra.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.activities.spec.SpecProblems;
import io.millrace.infra.config.TemporalProfile;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.failure.ApplicationFailure;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns whatever a command threw into one paragraph and an exit code. */
final class Explanation implements IExecutionExceptionHandler {
  private final Session session;
  private final Console console;

  Explanation(Session session, Console console) {
    this.session = session;
    this.console = console;
  }

  /**
   * @param type null when the failure is none of ours
   */
  record Found(int code, String message, @Nullable FailureType type) {}

  @Override
  public int handleExecutionException(Exception thrown, CommandLine line, ParseResult result) {
    Found found = explain(thrown);
    CliCommand command = line.getCommand() instanceof CliCommand c ? c : null;
    console.err().println("millrace: " + found.message());
    if (found.type() != null) {
      console.err().println("  what to do: " + found.type().action());
    }
    if (command != null && command.debug) {
      thrown.printStackTrace(console.err());
    }
    if (command != null && command.json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("error", found.message());
      object.put("exit", found.code());
      if (found.type() != null) {
        object.put("type", found.type().name());
      }
      try {
        console.out().println(PayloadJson.mapper().writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("texts are JSON", e);
      }
    }
    return found.code();
  }

  private Found explain(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      switch (t) {
        case CliFailure failure -> {
          return new Found(failure.code(), String.valueOf(failure.getMessage()), null);
        }
        case SpecProblems problems -> {
          return new Found(
              ExitCode.BAD_INPUT,
              "the spec cannot be used\n" + problems.getMessage(),
              FailureType.CONFIG_INVALID);
        }
        case ApplicationFailure failure -> {
          FailureType type = Failures.typeOf(failure).orElse(null);
          return new Found(ExitCode.of(type), Failures.sentence(failure), type);
        }
        case WorkflowNotFoundException missing -> {
          return new Found(
              ExitCode.BAD_INPUT,
              "run: "
                  + missing.getExecution().getWorkflowId()
                  + " (expected: a workflow that exists and has not ended)",
              FailureType.NOT_FOUND);
        }
        case StatusRuntimeException status -> {
          return server(status);
        }
        default -> {}
      }
    }
    if (thrown instanceof IllegalArgumentException) {
      return new Found(ExitCode.BAD_INPUT, String.valueOf(thrown.getMessage()), null);
    }
    String message = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
    return new Found(
        ExitCode.FAILED,
        thrown.getClass().getSimpleName() + message + " (--debug shows where)",
        null);
  }

  private Found server(StatusRuntimeException status) {
    Status.Code code = status.getStatus().getCode();
    String words = String.valueOf(status.getStatus().getDescription());
    if (code == Status.Code.UNAVAILABLE) {
      String address =
          TemporalProfile.address()
              .orElseGet(() -> "127.0.0.1:" + session.config().temporal().port());
      return new Found(
          ExitCode.FAILED,
          "Temporal: no server answers at "
              + address
              + " (expected: infra/millrace up, or TEMPORAL_ADDRESS)",
          null);
    }
    if (code == Status.Code.DEADLINE_EXCEEDED) {
      return new Found(
          ExitCode.FAILED,
          "no answer in time (expected: a worker that polls; infra/millrace status shows it)",
          null);
    }
    return new Found(
        code == Status.Code.NOT_FOUND ? ExitCode.BAD_INPUT : ExitCode.FAILED,
        "Temporal: " + code + ": " + words,
        code == Status.Code.NOT_FOUND ? FailureType.NOT_FOUND : null);
  }
}
