package io.millrace.activities.query;

import io.millrace.activities.aws.AwsErrors;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.athena.model.QueryExecution;
import software.amazon.awssdk.services.athena.model.QueryExecutionState;

/**
 * What Athena's errors mean for a run, said once ("Athena error catalog", and the reasons that its
 * engine gives). A reason may quote a value: only its first word leaves, with the execution's id by
 * which a person finds the rest.
 */
final class AthenaErrors {
  private static final List<String> PERMISSIONS =
      List.of("permission", "access denied", "accessdenied", "not authorized", "forbidden");
  private static final List<String> LIMITS =
      List.of("bytes scanned limit", "exhausted resources", "exceeded_", "query timeout");

  private AthenaErrors() {}

  /** Runs a call; what it throws is ours. */
  static <T> T call(String what, Supplier<T> call) {
    return AwsErrors.call(what, call, AthenaErrors::of);
  }

  private static ApplicationFailure of(String what, SdkException e) {
    String code = AwsErrors.code(e);
    String message = String.valueOf(e.getMessage());
    if (AwsErrors.credentials(e)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          what
              + " (expected: credentials that may do it; the policy is in"
              + " infra/aws/athena-policy.json): "
              + code);
    }
    if (code.equals("InvalidRequestException")) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          what
              + " (expected: settings of this account: athena.workgroup, athena.database,"
              + " athena.output): "
              + word(message));
    }
    // throttling, 5xx, no answer, and what is not known: a later try may find it mended
    return Failures.of(
        FailureType.AWS_UNAVAILABLE,
        e,
        what + " (expected: an answer): " + (code.isEmpty() ? word(message) : code));
  }

  /** Whether a table that was created is there no more. */
  static boolean tableGone(QueryExecution execution) {
    String reason = String.valueOf(execution.status().stateChangeReason());
    return reason.contains("TABLE_NOT_FOUND");
  }

  /** Why an execution has no answer. */
  static ApplicationFailure failed(QueryExecution execution) {
    if (execution.status().state() == QueryExecutionState.CANCELLED) {
      return Failures.of(
          FailureType.AWS_UNAVAILABLE,
          "athena query "
              + execution.queryExecutionId()
              + ": cancelled by somebody (expected: an answer)");
    }
    String reason = String.valueOf(execution.status().stateChangeReason());
    String small = reason.toLowerCase(java.util.Locale.ROOT);
    String what = "athena query " + execution.queryExecutionId() + ": " + word(reason);
    if (PERMISSIONS.stream().anyMatch(small::contains)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          what
              + " (expected: a role that may read the store and the catalog and write the output;"
              + " the policy is in infra/aws/athena-policy.json)");
    }
    if (LIMITS.stream().anyMatch(small::contains)) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          what
              + " (expected: within the workgroup's limits; raise them, or look at a shorter"
              + " window)");
    }
    if (small.contains("schema_not_found") || small.contains("schema '")) {
      return Failures.of(
          FailureType.CONFIG_INVALID, what + " (expected: the database of athena.database)");
    }
    if (small.contains("syntax_error")
        || small.contains("function_not_found")
        || small.contains("column_not_found")
        || small.contains("type_mismatch")
        || small.contains("invalid_function_argument")
        || small.contains("invalid_cast")) {
      return Failures.of(
          FailureType.CONFIG_INVALID,
          what
              + " (expected: SQL that Athena can evaluate; a condition of data.expectations is"
              + " Athena's SQL here)");
    }
    if (small.contains("hive_bad_data") || small.contains("hive_cursor_error")) {
      return Failures.of(
          FailureType.DATA_UNREADABLE, what + " (expected: objects of the table's format)");
    }
    return Failures.of(FailureType.AWS_UNAVAILABLE, what + " (expected: an answer)");
  }

  /** What stands before the first colon, when that is a word of the engine's. */
  private static String word(String reason) {
    String first = reason.split("[:\n]", 2)[0].trim();
    return first.matches("[A-Za-z_ .]{1,60}") ? first : "failed";
  }
}
