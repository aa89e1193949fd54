package io.millrace.infra.cli;

import io.millrace.activities.compute.Ec2Clients;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Clients;
import io.millrace.activities.store.Stores;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.local.LocalServices;
import io.millrace.infra.local.Servers;
import io.millrace.infra.market.Emulator;
import io.millrace.infra.market.MarketScript;
import io.millrace.infra.market.MarketScript.End;
import io.millrace.infra.market.MarketScript.Fate;
import io.millrace.infra.market.SpotMarket;
import io.millrace.infra.market.TrainingNodes;
import io.millrace.workflows.pipeline.PipelineStatus;
import io.millrace.workflows.steward.ModelSteward.RunStarted;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The credit example with {@code training.compute.kind: ec2} on a market of this machine that takes
 * two nodes back while they train: LocalStack holds instances and store, a Temporal server and a
 * worker of their own run it, and all of it ends with it. No AWS account is asked anything.
 */
final class SpotQuickstart {
  private static final String MODEL = "credit-default";
  private static final String BUCKET = "millrace";

  /** A quarter of AWS's two minutes; a node needs seconds. */
  private static final Duration LEAD = Duration.ofSeconds(30);

  /** After the first state that a node keeps of the net, which trains for seconds. */
  private static final Duration STRIKES_AFTER = Duration.ofMillis(500);

  private static final MarketScript SCRIPT =
      new MarketScript(
          0,
          List.of(
              new Fate(End.NOTICE, STRIKES_AFTER, LEAD), new Fate(End.KILL, STRIKES_AFTER, LEAD)),
          List.of(),
          null);

  private final AppConfig config;
  private final Console console;
  private final Consumer<String> progress;

  SpotQuickstart(AppConfig config, Console console, Consumer<String> progress) {
    this.config = config;
    this.console = console;
    this.progress = progress;
  }

  /**
   * Returns when the run has ended and everything that was started for it.
   *
   * @param emulator a LocalStack that runs; null starts one
   * @param image of the one to start; null for what is there
   */
  SpotSummary run(@Nullable URI emulator, @Nullable String image) throws InterruptedException {
    Instant begun = Instant.now();
    SpotSettings settings = SpotSettings.under(config);
    if (settings.config().temporal().cli() == null) {
      throw new CliFailure(
          ExitCode.FAILED,
          "Temporal: no server can be had (expected: temporal on the PATH, a download, or Go);"
              + " infra/millrace doctor says how to get one");
    }
    LocalServices before = LocalServices.apart(settings.config(), Map.of());
    // a quickstart that was killed
    before.down();
    Servers.stopAll(settings.config());
    settings.empty();
    if (emulator != null) {
      progress.accept("LocalStack: the one at " + emulator);
      awaited(emulator);
      return on(emulator, settings, begun);
    }
    progress.accept("LocalStack: starting it in Docker");
    try (Emulator own = started(image, settings);
        AtExit killed = new AtExit(own::close)) {
      killed.armed();
      return on(own.endpoint(), settings, begun);
    }
  }

  private static Emulator started(@Nullable String image, SpotSettings settings) {
    try {
      return Emulator.start(image, settings.home().toString());
    } catch (IllegalStateException e) {
      throw new CliFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  private static void awaited(URI emulator) {
    try {
      Emulator.await(emulator);
    } catch (IllegalStateException e) {
      throw new CliFailure(ExitCode.BAD_INPUT, "--emulator: " + e.getMessage(), e);
    }
  }

  private SpotSummary on(URI emulator, SpotSettings settings, Instant begun)
      throws InterruptedException {
    Map<String, String> saved = settings.announce(emulator);
    // of its own: a LocalStack that is somebody's may hold another one's
    String bucket = BUCKET + "-" + begun.toEpochMilli();
    try (Ec2Client ec2 = Ec2Clients.open(emulator);
        S3Client s3 = S3Clients.open(emulator);
        SpotMarket market =
            new SpotMarket(emulator, ec2, settings.machines(), settings.machine(), 1, 0);
        AtExit killed = new AtExit(market::close)) {
      killed.armed();
      s3.createBucket(b -> b.bucket(bucket));
      SpotSettings bought = settings.on(emulator, market.endpoint(), "s3://" + bucket + "/store");
      return served(bought, market, begun);
    } catch (IOException e) {
      throw new CliFailure(ExitCode.FAILED, "market: no port is free: " + e.getMessage(), e);
    } finally {
      SpotSettings.restore(saved);
    }
  }

  private SpotSummary served(SpotSettings settings, SpotMarket market, Instant begun)
      throws InterruptedException {
    LocalServices services = LocalServices.apart(settings.config(), settings.environment());
    try (AtExit killed = new AtExit(() -> end(services, settings))) {
      killed.armed();
      services.up(progress);
      WorkflowServiceStubs stubs =
          WorkflowServiceStubs.newServiceStubs(
              WorkflowServiceStubsOptions.newBuilder().setTarget(services.address()).build());
      WorkflowClient client =
          WorkflowClient.newInstance(
              stubs,
              WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build());
      // closes both
      try (Session inside =
          new Session(settings.config(), Stores.open(settings.config().storeUri()), client)) {
        return played(inside, settings, market, begun);
      }
    } finally {
      progress.accept("ending the worker, the Temporal server and the endpoint");
      end(services, settings);
    }
  }

  private static void end(LocalServices services, SpotSettings settings) {
    services.down();
    Servers.stopAll(settings.config());
  }

  private SpotSummary played(
      Session inside, SpotSettings settings, SpotMarket market, Instant begun)
      throws InterruptedException {
    market.play(SCRIPT, TrainingNodes.inTheMiddleOf(inside.store(), "mlp"));
    Path spec = spec(settings);
    progress.accept("running " + spec + ": the credit example on bought nodes");
    RunStarted started = RunCommand.start(inside, spec.toString(), null);
    progress.accept(
        "the market takes the first node with notice and the second without, "
            + STRIKES_AFTER.toMillis() / 1000.0
            + " s after each kept its first state of the net");
    PipelineStatus status =
        new RunWatcher(inside.client(), console, started.runId(), started.workflowId())
            .follow(false);
    RunResult end = new RunResult(inside, status, started.workflowId());
    Integer answered = end.exitCode() == ExitCode.OK ? answered(inside.store()) : null;
    Path report = settings.home().resolve("report.html");
    boolean reported = keep(inside.store(), "runs/" + started.runId() + "/report.html", report);
    return SpotSummary.of(
        inside.store(),
        started.runId(),
        end,
        market.events(),
        answered,
        reported ? report : null,
        settings.home(),
        Duration.between(begun, Instant.now()));
  }

  /** Rows that the endpoint answered. */
  private int answered(ObjectStore store) {
    try (EndpointClient endpoint = EndpointClient.open(store, MODEL)) {
      String rows = Files.readString(config.root().resolve("infra/examples/credit/rows.json"));
      return endpoint.invoke("application/json", rows).path("predictions").size();
    } catch (IOException e) {
      throw new CliFailure(
          ExitCode.FAILED, "infra/examples/credit/rows.json: " + e.getMessage(), e);
    }
  }

  private static boolean keep(ObjectStore store, String key, Path file) {
    byte[] bytes = store.get(key).orElse(null);
    if (bytes == null) {
      return false;
    }
    try {
      Files.write(file, bytes);
      return true;
    } catch (IOException e) {
      throw new CliFailure(ExitCode.FAILED, file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** The example as it stands, but for where it trains, and for how long: it is to be disturbed. */
  private Path spec(SpotSettings settings) {
    Path example = config.root().resolve("infra/examples/credit/pipeline.yaml");
    Map<String, String> changes = new TreeMap<>();
    changes.put("{csv: data/", "{csv: " + example.resolveSibling("data") + "/");
    changes.put(
        "\ntraining:\n",
        """

        training:
          compute: {kind: ec2, nodes: 1, spot: {types: [m5.large, c5.large], zones: any}}
          checkpoint: {every: 2s}
          max-epochs: 60
          patience: 60
        """);
    try {
      String text = Files.readString(example);
      for (Map.Entry<String, String> change : changes.entrySet()) {
        if (!text.contains(change.getKey())) {
          throw new IllegalStateException(example + ": without " + change.getKey().strip());
        }
        text = text.replace(change.getKey(), change.getValue());
      }
      return Files.write(
          settings.home().resolve("pipeline.yaml"), text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CliFailure(ExitCode.FAILED, "spec: " + e.getMessage(), e);
    }
  }

  /** What Ctrl-C ends as well. */
  private static final class AtExit implements AutoCloseable {
    private final Thread hook;

    AtExit(Runnable end) {
      hook = new Thread(end, "spot-end");
    }

    void armed() {
      Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the process ends already, and the hook does its part
      }
    }
  }
}
