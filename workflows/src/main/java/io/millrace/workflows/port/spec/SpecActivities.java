package io.millrace.workflows.port.spec;

import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.temporal.activity.ActivityInterface;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads specs. */
@ActivityInterface(namePrefix = "Spec")
public interface SpecActivities {
  /**
   * Reads, validates and completes a spec, and keeps it as {@code runs/<runId>/spec.yaml} when
   * {@code run} is given.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} with every problem, one
   *     per line: path, value, what was expected
   */
  ResolvedSpec resolve(SpecRequest request);

  /**
   * The completed spec that a run keeps.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code NOT_FOUND}
   */
  ResolvedSpec kept(KeptSpec request);

  record KeptSpec(String run) {}

  /**
   * Exactly one of {@code spec} and {@code location} is set.
   *
   * @param spec the spec as a JSON object, keys as in the file
   * @param location path, {@code file:}, {@code s3://} or {@code http(s)://} of the file
   */
  record SpecRequest(
      @Nullable RunRef run, @Nullable Map<String, Object> spec, @Nullable String location) {}

  /**
   * @param digest of the completed spec
   */
  record ResolvedSpec(Spec spec, String digest) {}
}
