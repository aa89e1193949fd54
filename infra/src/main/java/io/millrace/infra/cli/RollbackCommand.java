package io.millrace.infra.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.millrace.activities.registry.Models;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.steward.ModelSteward.RollbackRequest;
import io.millrace.workflows.steward.ModelSteward.RolledBack;
import io.temporal.client.WorkflowUpdateException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollback",
    description = "Send all traffic back to an earlier version, at once, and make it champion.")
final class RollbackCommand extends CliCommand {
  /** What a rollback promises; without a worker nobody would answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String HINT =
      "\n  without Temporal: infra/millrace rollback %s --direct --reason \"…\"";

  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(
      names = "--to",
      paramLabel = "N",
      description =
          "The version. Otherwise the champion while another version is being rolled out, else the"
              + " one before the champion.")
  @Nullable Integer to;

  @Option(names = "--who", description = "Who says so; the user of this machine otherwise.")
  String who = Who.user();

  @Option(
      names = "--reason",
      defaultValue = "rolled back by hand",
      description = "Kept in the audit log.")
  String reason = "";

  @Option(
      names = "--direct",
      description = "From this process, when Temporal or the worker is down: needs the store only.")
  boolean direct;

  @Override
  public Integer call() {
    Instant start = Instant.now();
    Models models = new Models(session().store());
    AliasEntry champion = models.current(Checks.name("NAME", model), "champion").current();
    if (champion == null) {
      throw CliFailure.bad("NAME: " + model + " (expected: a model with a champion)");
    }
    if (to != null && models.version(model, to).isEmpty()) {
      throw CliFailure.bad("--to: " + to + " (expected: a version; see models " + model + ")");
    }
    RollbackRequest request = new RollbackRequest(to, who, reason);
    RolledBack done =
        direct ? new DirectRollback(session()).run(model, champion, request) : ask(request);
    double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", model);
    object.put("from", done.from());
    object.put("to", done.to().version());
    object.put("changed", done.changed());
    object.put("endpoint", done.url());
    object.put("seconds", seconds);
    result(object, done.sentence() + (done.changed() ? ", after %.1f s".formatted(seconds) : ""));
    if (direct) {
      progress(
          "the model's steward learns of it at its next drift check. If a run was rolling a version"
              + " out, it goes on when the worker is back: then roll back once more without"
              + " --direct");
    }
    return ExitCode.OK;
  }

  private RolledBack ask(RollbackRequest request) {
    StewardCall call = new StewardCall(session(), model);
    try {
      call.requireWorker();
      return call.update(steward -> steward::rollback, request, PATIENCE);
    } catch (CliFailure e) {
      throw new CliFailure(e.code(), e.getMessage() + HINT.formatted(model), e);
    } catch (WorkflowUpdateException e) {
      throw e; // the steward's own words
    } catch (RuntimeException e) {
      if (unreachable(e)) {
        throw new CliFailure(
            ExitCode.FAILED,
            "Temporal: no server answers (expected: infra/millrace up, or TEMPORAL_ADDRESS)"
                + HINT.formatted(model),
            e);
      }
      throw e;
    }
  }

  private static boolean unreachable(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof StatusRuntimeException status) {
        Status.Code code = status.getStatus().getCode();
        return code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
      }
    }
    return false;
  }
}
