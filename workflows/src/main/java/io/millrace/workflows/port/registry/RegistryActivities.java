package io.millrace.workflows.port.registry;

import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Model versions and aliases. */
@ActivityInterface(namePrefix = "Registry")
public interface RegistryActivities {
  /**
   * Copies the package to the next version with its provenance; an equal digest of the same run
   * answers the version it has.
   */
  @Journaled
  ModelRef register(RegisterRequest request);

  /**
   * Moves an alias by appending to its sequence; a repeat with the same {@code key} changes
   * nothing.
   */
  AliasEntry point(PointRequest request);

  /** Where an alias points now. */
  AliasState current(AliasQuery query);

  /**
   * Where an alias would go back to. Going back undoes: after 1, 2, 3 and back to 2, the one before
   * is 1, not 3. A key that begins with {@link #ROLLBACK} marks an entry that went back.
   */
  Fallback fallback(FallbackQuery query);

  /** Begins the key of an alias entry that went back. */
  String ROLLBACK = "rollback-";

  /**
   * @param spec the completed spec's digest @param selection why it was chosen
   */
  record RegisterRequest(
      RunRef run,
      String model,
      Task task,
      PackageRef candidate,
      DatasetRef dataset,
      String spec,
      long seed,
      CandidateSpec winner,
      String selection,
      GateActivities.GateReport gates,
      Trigger trigger)
      implements JournaledRequest {}

  /**
   * @param alias {@code champion} or {@code challenger} @param reason recorded
   */
  record PointRequest(String model, String alias, ModelRef version, String key, String reason) {}

  record AliasQuery(String model, String alias) {}

  /**
   * @param seq 1, 2, …
   */
  record AliasEntry(
      long seq, String alias, ModelRef version, Instant at, String key, String reason) {}

  /**
   * @param to the version asked for; null for the one before the alias
   */
  record FallbackQuery(String model, String alias, @Nullable Integer to) {}

  /**
   * @param current null when the alias was never set
   * @param version what was asked for; null when there is no such version
   * @param run that made {@code version}, else the alias's; null without either
   */
  record Fallback(@Nullable AliasEntry current, @Nullable ModelRef version, @Nullable String run) {}

  /**
   * @param current null when the alias was never set @param previous what it pointed to before
   */
  record AliasState(@Nullable AliasEntry current, @Nullable AliasEntry previous) {}
}
