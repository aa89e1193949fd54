package io.millrace.infra.worker;

import io.millrace.activities.compute.SpotNotice;
import io.millrace.activities.journal.JournalInterceptor;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.activities.train.FamilyTrainer;
import io.millrace.activities.train.Interruption;
import io.millrace.infra.config.TemporalProfile;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.train.TrainActivities;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.failure.TemporalFailure;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: a process that runs the trials of one task queue, one after another. Told to end, it
 * writes a checkpoint at the next batch, ends the attempt as {@code SPOT_INTERRUPTED} and goes; so
 * it does when the machine's metadata service announces an interruption, after telling the pool. It
 * goes by itself when its pool has ended, or when it had nothing to do for its {@code --ttl}.
 */
public final class TrainerMain implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerMain.class);

  /** Where a local server listens when no profile names one. */
  private static final String LOCAL_SERVER = "127.0.0.1:7233";

  /** Progress reaches the server this often, not every 80 % of the heartbeat timeout. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);

  /** A checkpoint takes milliseconds, a batch far less than this; then the process is killed. */
  private static final Duration GOODBYE = Duration.ofSeconds(15);

  /** A notice comes two minutes ahead: a big model's checkpoint may take most of them. */
  private static final Duration GOODBYE_ON_NOTICE = Duration.ofSeconds(100);

  /** The answer of an attempt that has just ended. */
  private static final Duration LEAST_GOODBYE = Duration.ofSeconds(2);

  /** A pool that is told late that a node works may end it as idle. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Each bounded by the client's own deadline. */
  private static final int SIGNAL_TRIES = 3;

  /** The pool is looked up only now and then, and believed dead after two answers. */
  private static final int LOOKS_PER_POOL_CHECK = 30;

  private final TrainerFlags flags;
  private final WorkflowClient client;
  private final ObjectStore store;
  private final WorkerFactory factory;
  private final Interruption interruption = new Interruption();
  private final Activity activity;
  private final CountDownLatch leave = new CountDownLatch(1);
  private final @Nullable SpotNotice notices;
  private volatile Duration goodbye = GOODBYE;
  private volatile @Nullable TrialProgress progress;

  /** Starts polling. */
  TrainerMain(TrainerFlags flags, WorkflowClient client) {
    this.flags = flags;
    this.client = client;
    this.store = Stores.open(flags.store());
    this.activity =
        new Activity(
            new FamilyTrainer(
                store, flags.scratch(), flags.node(), interruption, now -> progress = now));
    this.factory =
        WorkerFactory.newInstance(
            client,
            WorkerFactoryOptions.newBuilder()
                // the last one is asked first: a refused attempt leaves no record
                .setWorkerInterceptors(
                    new JournalInterceptor(store, flags.node()),
                    new LeavingInterceptor(interruption))
                .build());
    factory
        .newWorker(
            flags.taskQueue(),
            WorkerOptions.newBuilder()
                .setIdentity(flags.node())
                // the engine's threads and random numbers belong to the process
                .setMaxConcurrentActivityExecutionSize(1)
                .setMaxConcurrentActivityTaskPollers(1)
                .setMaxHeartbeatThrottleInterval(HEARTBEAT)
                .setDefaultHeartbeatThrottleInterval(HEARTBEAT)
                .build())
        .registerActivitiesImplementations(activity);
    factory.start();
    this.notices =
        flags.imds() ? new SpotNotice(null, flags.imdsEvery(), this::warned).start() : null;
  }

  /** Runs until it is told to end or has no reason to stay. */
  public static void main(String[] args) throws InterruptedException {
    TrainerFlags flags;
    try {
      flags = TrainerFlags.of(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    engineProperties(flags.threads());
    TrainerMain trainer = new TrainerMain(flags, TemporalProfile.client(LOCAL_SERVER));
    CountDownLatch end = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  trainer.close();
                  end.countDown();
                },
                "trainer-end"));
    LOG.info("node {} polls {}", flags.node(), flags.taskQueue());
    trainer.stay(end);
    System.exit(0);
  }

  /** Read when the engine's library loads; what the launcher set already stays. */
  private static void engineProperties(int threads) {
    property("ai.djl.pytorch.num_threads", Integer.toString(threads));
    property("ai.djl.pytorch.num_interop_threads", "1");
    property("ai.djl.offline", "true");
    // else the engine asks the cloud's metadata address when it starts
    property("OPT_OUT_TRACKING", "true");
  }

  private static void property(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  /** Returns when there is no reason to stay. */
  private void stay(CountDownLatch end) throws InterruptedException {
    int poolGone = 0;
    PoolVoice voice = new PoolVoice(client, flags.pool(), flags.node());
    voice.say(true, null);
    for (int look = 1; !leave.await(LOOK.toMillis(), TimeUnit.MILLISECONDS); look++) {
      if (end.getCount() == 0) {
        return;
      }
      voice.say(activity.idle().isPositive(), progress);
      if (activity.idle().compareTo(flags.ttl()) >= 0) {
        LOG.info("nothing to do for {}: ending", flags.ttl());
        return;
      }
      if (look % LOOKS_PER_POOL_CHECK == 0) {
        poolGone = activity.idle().isPositive() && poolEnded() ? poolGone + 1 : 0;
        if (poolGone == 2) {
          LOG.info("pool {} has ended: ending", flags.pool());
          return;
        }
      }
    }
  }

  /** True only when the server says so: a server that does not answer says nothing. */
  private boolean poolEnded() {
    PoolState state = flags.pool() == null ? PoolState.RUNNING : PoolState.of(client, flags.pool());
    return state == PoolState.ENDED || state == PoolState.UNHEARD_OF;
  }

  /**
   * On notice the trial is told first: its checkpoint needs the time more than the pool's news.
   * Rebalance is advice: the pool may bring a replacement, and this node works on until told.
   */
  private void warned(SpotNotice.Warned warned) {
    if (warned.kind() == ComputePool.Warning.NOTICE) {
      goodbye = GOODBYE_ON_NOTICE;
      interruption.request();
      factory.suspendPolling();
    }
    if (flags.pool() != null) {
      tell(flags.pool(), new ComputePool.NodeWarning(flags.node(), warned.kind(), warned.at()));
    }
    if (warned.kind() == ComputePool.Warning.NOTICE) {
      leave.countDown();
    }
  }

  /** Best effort: a pool that is not told hears of the loss from the cloud. */
  private void tell(String pool, ComputePool.NodeWarning warning) {
    for (int i = 1; i <= SIGNAL_TRIES; i++) {
      try {
        client.newUntypedWorkflowStub(pool).signal("warned", warning);
        return;
      } catch (WorkflowNotFoundException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("pool {} not told of {}: {}", pool, warning.kind(), e.toString());
      }
    }
  }

  /**
   * Ends the trial under way at a checkpoint, stops polling, and waits for both. Heartbeats go on
   * until the checkpoint is durable and the attempt has ended.
   */
  @Override
  public void close() {
    if (notices != null) {
      notices.close();
    }
    interruption.request();
    long end = System.nanoTime() + goodbye.toNanos();
    // not by a shutdown yet: that ends heartbeats at once, and with them an attempt whose next
    // batch or checkpoint takes longer than until the next of them
    factory.suspendPolling();
    activity.awaitIdle(goodbye);
    factory.shutdown();
    factory.awaitTermination(
        Math.max(LEAST_GOODBYE.toNanos(), end - System.nanoTime()), TimeUnit.NANOSECONDS);
    factory.shutdownNow();
    store.close();
  }

  /** The trainer, knowing how long it has had nothing to do. */
  private static final class Activity implements TrainActivities {
    private final TrainActivities trainer;
    // guarded by this
    private int running;
    private long idleSince = System.nanoTime();

    Activity(TrainActivities trainer) {
      this.trainer = trainer;
    }

    @Override
    public TrialResult fit(TrialRequest request) {
      begun();
      try {
        return trainer.fit(request);
      } catch (TemporalFailure e) {
        // the SDK logs benign failures, such as an interruption, nowhere
        LOG.info("trial {} ended: {}", request.trial(), Failures.sentence(e));
        throw e;
      } finally {
        ended();
      }
    }

    private synchronized void begun() {
      running++;
    }

    private synchronized void ended() {
      idleSince = System.nanoTime();
      running--;
      notifyAll();
    }

    /** Zero while it works. */
    synchronized Duration idle() {
      return running > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - idleSince);
    }

    /** Returns when it does not work, or after so long. */
    synchronized void awaitIdle(Duration atMost) {
      long end = System.nanoTime() + atMost.toNanos();
      try {
        for (long left = atMost.toMillis(); running > 0 && left > 0; ) {
          wait(left);
          left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
