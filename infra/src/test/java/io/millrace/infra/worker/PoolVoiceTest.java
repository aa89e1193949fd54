package io.millrace.infra.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.pool.ComputePool.NodeNews;
import io.millrace.workflows.pool.ComputePool.NodeState;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.unsafe.WorkflowUnsafe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pool hears of a node. */
final class PoolVoiceTest {
  private static final String POOL = WorkflowIds.pool("credit-3");
  private static final List<NodeNews> HEARD = new CopyOnWriteArrayList<>();

  private final TestWorkflowEnvironment environment =
      TestWorkflowEnvironment.newInstance(
          TestEnvironmentOptions.newBuilder()
              .setWorkflowClientOptions(
                  WorkflowClientOptions.newBuilder()
                      .setDataConverter(PayloadJson.converter())
                      .build())
              .build());
  private long nanos = 1;
  private PoolVoice voice;

  @BeforeEach
  void open() {
    HEARD.clear();
    environment.newWorker("q").registerWorkflowImplementationTypes(Listener.class);
    environment.start();
    WorkflowClient client = environment.getWorkflowClient();
    ComputePool pool =
        client.newWorkflowStub(
            ComputePool.class,
            WorkflowOptions.newBuilder().setTaskQueue("q").setWorkflowId(POOL).build());
    WorkflowClient.start(pool::run, null);
    voice = new PoolVoice(client, POOL, "node-a", () -> nanos);
  }

  @AfterEach
  void close() {
    environment.close();
  }

  @Test
  void say_ofATrial_tellsThatItBegan_thenAStep_thenNowAndThenMore() {
    voice.say(true, null);
    voice.say(true, null);
    voice.say(false, null);
    voice.say(false, progress(0, 0));
    voice.say(false, progress(0, 0));
    voice.say(false, progress(0, 40));
    voice.say(false, progress(0, 80));
    nanos += PoolVoice.STEPS_EVERY.toNanos() - 1;
    voice.say(false, progress(0, 120));
    nanos += 1;
    voice.say(false, progress(0, 160));
    nanos += PoolVoice.STEPS_EVERY.toNanos();
    // it hangs
    voice.say(false, progress(0, 160));
    voice.say(true, progress(0, 160));

    assertThat(heard())
        .containsExactly(
            news(NodeState.IDLE, null),
            news(NodeState.BUSY, null),
            news(NodeState.BUSY, null),
            news(NodeState.BUSY, 40L),
            news(NodeState.BUSY, 160L),
            news(NodeState.IDLE, null));
  }

  @Test
  void say_ofTheNextTrial_beginsWithoutAStep() {
    voice.say(false, progress(0, 10));
    voice.say(false, progress(0, 20));
    voice.say(false, progress(1, 5));
    voice.say(false, progress(1, 5));

    assertThat(heard())
        .containsExactly(
            news(NodeState.BUSY, null),
            news(NodeState.BUSY, 20L),
            news(NodeState.BUSY, null),
            news(NodeState.BUSY, 5L));
  }

  private static NodeNews news(NodeState state, @Nullable Long step) {
    return new NodeNews("node-a", state, step);
  }

  private static TrialProgress progress(int trial, long step) {
    return new TrialProgress(trial, "mlp", 1, 0.1, 0.5, null, 1, null, null, "node-a", step);
  }

  /** A query is answered after the signals before it. */
  private List<NodeNews> heard() {
    environment.getWorkflowClient().newWorkflowStub(ComputePool.class, POOL).status();
    return new ArrayList<>(HEARD);
  }

  /** Hears, and keeps nobody alive. */
  public static final class Listener implements ComputePool {
    @Override
    public PoolOutcome run(PoolRequest request) {
      Workflow.await(() -> false);
      throw new IllegalStateException("ended");
    }

    @Override
    public @Nullable PoolStatus status() {
      return null;
    }

    @Override
    public void release() {}

    @Override
    public void warned(NodeWarning warning) {}

    @Override
    public void need(Need need) {}

    @Override
    public void reported(NodeNews news) {
      if (!WorkflowUnsafe.isReplaying()) {
        HEARD.add(news);
      }
    }
  }
}
