package io.millrace.infra.cli;

import io.millrace.activities.audit.HashChainAudit;
import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.ObjectRegistry;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.local.LocalServices;
import io.millrace.infra.worker.Wiring;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.deploy.DeployActivities.DescribeRequest;
import io.millrace.workflows.port.deploy.DeployActivities.EndpointState;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.port.registry.RegistryActivities.PointRequest;
import io.millrace.workflows.port.spec.SpecActivities.KeptSpec;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.steward.ModelSteward.RollbackRequest;
import io.millrace.workflows.steward.ModelSteward.RolledBack;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A rollback from this process, for when nothing else is up: the store and the target are enough.
 */
final class DirectRollback {
  private final Session session;

  DirectRollback(Session session) {
    this.session = session;
  }

  RolledBack run(String model, AliasEntry champion, RollbackRequest request) {
    ObjectStore store = session.store();
    DeployActivities deploy =
        Wiring.deployments(
            session.config(),
            store,
            Wiring.servers(
                session.config(), new LocalServices(session.config(), null).environment()));
    EndpointState before = deploy.describe(new DescribeRequest(model));
    VersionEntry target = target(new Models(store), model, champion, request, before);
    ModelRef version = target.ref();
    List<Integer> from = others(before, version);
    if (from.isEmpty()
        && before.url() != null
        && before.ready().contains(version.version())
        && champion.version().equals(version)) {
      return new RolledBack(
          version, from, before.url(), false, version + " has all traffic already");
    }
    String key =
        RegistryActivities.ROLLBACK + champion.seq() + "-direct-" + Instant.now().toEpochMilli();
    deploy.prepare(
        new PrepareRequest(
            model,
            version,
            new SpecFiles(store).kept(new KeptSpec(target.run())).spec().deployment().target(),
            key + "-prepare",
            null,
            null,
            // where it serves now, wherever the spec of old says
            true));
    EndpointState now =
        deploy.shift(
            new ShiftRequest(
                model, Map.of(version.version(), 1.0), key + "-shift", request.reason()));
    new ObjectRegistry(store, session.config().scratch())
        .point(
            new PointRequest(
                model, "champion", version, key, request.reason() + " (" + request.who() + ")"));
    String sentence =
        version
            + " has all traffic"
            + (from.isEmpty()
                ? ""
                : " instead of version "
                    + String.join(" and ", from.stream().map(String::valueOf).toList()));
    new HashChainAudit(store)
        .record(
            new AuditRecord(
                key,
                model,
                "rollback",
                request.who(),
                request.reason(),
                Map.of("to", version.toString(), "from", from.toString(), "sentence", sentence)));
    return new RolledBack(version, from, now.url(), true, sentence);
  }

  /** As the steward decides: off what is being rolled out, else off the champion. */
  private static VersionEntry target(
      Models models,
      String model,
      AliasEntry champion,
      RollbackRequest request,
      EndpointState before) {
    Integer wanted =
        request.to() != null
            ? request.to()
            : others(before, champion.version()).isEmpty()
                ? models.before(model, champion.alias()).orElse(null)
                : Integer.valueOf(champion.version().version());
    if (wanted == null) {
      throw CliFailure.bad(
          "--to: nothing (expected: a version, because none was champion before "
              + champion.version()
              + ")");
    }
    return models
        .version(model, wanted)
        .orElseThrow(() -> CliFailure.bad("--to: " + wanted + " (expected: a version)"));
  }

  /** Other versions that have traffic. */
  private static List<Integer> others(EndpointState state, ModelRef version) {
    return state.weights().entrySet().stream()
        .filter(weight -> weight.getValue() > 0 && weight.getKey() != version.version())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
