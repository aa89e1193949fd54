package io.millrace.infra.worker;

import io.millrace.activities.audit.HashChainAudit;
import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.data.DuckDbIngest;
import io.millrace.activities.data.QueriedIngest;
import io.millrace.activities.deploy.Deployments;
import io.millrace.activities.gate.GateSuite;
import io.millrace.activities.notify.ApprovalLinks;
import io.millrace.activities.notify.Notifiers;
import io.millrace.activities.query.AthenaEngine;
import io.millrace.activities.query.AthenaSettings;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.registry.ObjectRegistry;
import io.millrace.activities.report.RunReport;
import io.millrace.activities.search.SeededSearch;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.temporal.TemporalSchedules;
import io.millrace.activities.temporal.TemporalSteward;
import io.millrace.activities.train.BootstrapSelection;
import io.millrace.activities.watch.AlertWatch;
import io.millrace.activities.watch.DriftWatch;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.config.ApprovalConfig;
import io.millrace.workflows.drift.DriftCheckImpl;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.janitor.Janitor.JanitorRequest;
import io.millrace.workflows.janitor.JanitorImpl;
import io.millrace.workflows.pipeline.ModelPipelineImpl;
import io.millrace.workflows.pool.ComputePoolImpl;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.rollout.RolloutImpl;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.steward.ModelStewardImpl;
import io.millrace.workflows.trial.TrainingTrialImpl;
import io.temporal.client.WorkflowClient;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.worker.Worker;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which adapter stands behind which port, here and nowhere else. */
public final class Wiring {
  private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

  private Wiring() {}

  /** Registers every workflow and every activity of the worker. */
  public static void register(
      Worker worker,
      AppConfig config,
      ObjectStore store,
      WorkflowClient client,
      JavaLaunch trainers,
      JavaLaunch servers) {
    worker.registerWorkflowImplementationTypes(
        ModelPipelineImpl.class,
        ModelStewardImpl.class,
        ComputePoolImpl.class,
        TrainingTrialImpl.class,
        RolloutImpl.class,
        DriftCheckImpl.class,
        JanitorImpl.class);
    Path scratch = config.scratch();
    Secrets secrets = config.secrets();
    TargetWiring targets = new TargetWiring(config, store);
    Deployments deployments = new Deployments(store, targets.targets(servers));
    worker.registerActivitiesImplementations(
        new SpecFiles(store),
        ingest(config, store),
        NodeWiring.compute(config, store, client, trainers),
        new SeededSearch(store),
        new BootstrapSelection(store, scratch),
        new GateSuite(store, scratch, targets.meters()),
        new ObjectRegistry(store, scratch),
        deployments,
        new DriftWatch(store, scratch, engine(config, store)),
        new AlertWatch(store, deployments, InstantSource.system()),
        new Notifiers(secrets, approvalLinks(config)),
        new HashChainAudit(store),
        new RunReport(store),
        new TemporalSteward(client, store),
        new TemporalSchedules(schedules(client), store));
  }

  /**
   * Sees to it that the janitor makes its rounds. A server that does not answer now is no reason
   * not to start: the next worker asks again.
   */
  static void janitor(WorkflowClient client, ObjectStore store) {
    try {
      new TemporalSchedules(schedules(client), store)
          .ensureJanitor(
              new JanitorRequest(
                  List.of(), false, List.of(new WatchSpec.NotifySpec(null, null, true))));
    } catch (RuntimeException e) {
      LOG.warn("the janitor has no schedule: {}", Failures.sentence(e));
    }
  }

  private static DataActivities ingest(AppConfig config, ObjectStore store) {
    DataActivities ingest = new DuckDbIngest(store, config.scratch(), config.secrets());
    AthenaSettings athena = config.query().athena();
    return athena == null
        ? ingest
        : new QueriedIngest(
            ingest,
            source -> new AthenaEngine(AthenaEngine.client(null), source, athena),
            config.scratch());
  }

  /** What reads rows where they lie; null for the process that asks. */
  public static @Nullable QueryEngine engine(AppConfig config, ObjectStore store) {
    AthenaSettings athena = config.query().athena();
    return athena == null ? null : new AthenaEngine(AthenaEngine.client(null), store, athena);
  }

  private static @Nullable ApprovalLinks approvalLinks(AppConfig config) {
    ApprovalConfig approval = config.approval();
    return approval == null
        ? null
        : new ApprovalLinks(approval.url(), approval.key(), config.secrets());
  }

  /** Every place where endpoints can live. */
  public static Deployments deployments(AppConfig config, ObjectStore store, JavaLaunch servers) {
    return new Deployments(store, new TargetWiring(config, store).targets(servers));
  }

  /** Writes edge bundles, signed by this machine's key unless another is named. */
  public static EdgeBundles bundles(AppConfig config, ObjectStore store) {
    return new EdgeBundles(
        store, config.scratch(), config.secrets(), config.home().resolve("keys"));
  }

  /** How nodes of the local compute adapter are started. */
  public static JavaLaunch trainers(AppConfig config, Map<String, String> environment) {
    return launch(config, config.trainer().heap(), environment);
  }

  /** How servers of the local target are started. */
  public static JavaLaunch servers(AppConfig config, Map<String, String> environment) {
    return launch(config, config.trainer().serverHeap(), environment);
  }

  private static ScheduleClient schedules(WorkflowClient client) {
    return ScheduleClient.newInstance(
        client.getWorkflowServiceStubs(),
        ScheduleClientOptions.newBuilder()
            .setNamespace(client.getOptions().getNamespace())
            .setDataConverter(client.getOptions().getDataConverter())
            .build());
  }

  private static JavaLaunch launch(AppConfig config, String heap, Map<String, String> environment) {
    return new JavaLaunch(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        System.getProperty("java.class.path"),
        List.of(
            "-Xmx" + heap,
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"),
        environment,
        config.logs());
  }
}
