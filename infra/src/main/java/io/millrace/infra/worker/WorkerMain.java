package io.millrace.infra.worker;

import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.journal.JournalInterceptor;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.config.TemporalProfile;
import io.millrace.infra.local.LocalServices;
import io.millrace.infra.server.LocalSupervisor;
import io.millrace.workflows.options.TaskQueues;
import io.temporal.client.WorkflowClient;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker: runs workflows and every activity but training, and keeps local endpoints up. */
public final class WorkerMain implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerMain.class);

  private final ObjectStore store;
  private final WorkerFactory factory;
  private final LocalSupervisor supervisor;

  /**
   * Starts polling.
   *
   * @param environment what nodes and servers get on top of this process's
   */
  public WorkerMain(AppConfig config, WorkflowClient client, Map<String, String> environment) {
    this.store = Stores.open(config.storeUri());
    JavaLaunch trainers = Wiring.trainers(config, environment);
    JavaLaunch servers = Wiring.servers(config, environment);
    String node = "worker-" + ProcessHandle.current().pid();
    this.factory =
        WorkerFactory.newInstance(
            client,
            WorkerFactoryOptions.newBuilder()
                .setWorkerInterceptors(new JournalInterceptor(store, node))
                .build());
    Worker worker =
        factory.newWorker(
            TaskQueues.PIPELINE,
            WorkerOptions.newBuilder()
                // bulk activities use both cores already; the rest waits on I/O
                .setMaxConcurrentActivityExecutionSize(32)
                .build());
    Wiring.register(worker, config, store, client, trainers, servers);
    factory.start();
    Wiring.janitor(client, store);
    this.supervisor = new LocalSupervisor(store, servers, config.scratch());
    supervisor.start();
  }

  /** Runs until it is told to end, then lets running activities finish for a while. */
  public static void main(String[] args) throws InterruptedException, IOException {
    AppConfig config = AppConfig.load();
    LocalServices services = LocalServices.of(config);
    WorkerMetrics metrics = new WorkerMetrics();
    metrics.listen(config.worker().metricsPort());
    WorkflowClient client = TemporalProfile.client(services.address(), metrics.scope());
    CountDownLatch end = new CountDownLatch(1);
    WorkerMain worker = new WorkerMain(config, client, services.environment());
    Path ready = services.ready();
    Files.createDirectories(ready.toAbsolutePath().getParent());
    Files.writeString(ready, Long.toString(ProcessHandle.current().pid()));
    LOG.info("polling {} at {}", TaskQueues.PIPELINE, services.address());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  worker.close();
                  metrics.close();
                  end.countDown();
                },
                "worker-end"));
    end.await();
  }

  @Override
  public void close() {
    supervisor.close();
    factory.shutdown();
    factory.awaitTermination(20, TimeUnit.SECONDS);
    factory.shutdownNow();
    store.close();
  }
}
