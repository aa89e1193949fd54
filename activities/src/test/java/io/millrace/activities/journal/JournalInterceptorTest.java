package io.millrace.activities.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.Metric;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.activity.LocalActivityOptions;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.RetryOptions;
import io.temporal.testing.TestActivityEnvironment;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class JournalInterceptorTest {
  @TempDir Path folder;
  private FileStore store;
  private Journal journal;
  private TestActivityEnvironment environment;
  private final List<TestActivityEnvironment> others = new ArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();

  public record Ask(RunRef run, String what, Duration within) implements JournaledRequest {}

  public record Told(String text, List<Metric> metrics, int call) {}

  @ActivityInterface(namePrefix = "Probe")
  public interface ProbeActivities {
    @Journaled
    Told work(Ask ask);

    Told again(Ask ask);
  }

  public record Probe(Function<Ask, Told> work) implements ProbeActivities {
    @Override
    public Told work(Ask ask) {
      return work.apply(ask);
    }

    @Override
    public Told again(Ask ask) {
      return work.apply(ask);
    }
  }

  @BeforeEach
  void open() {
    store = new FileStore(folder);
    journal = new Journal(store);
    environment = TestActivityEnvironment.newInstance(options());
  }

  @AfterEach
  void close() {
    others.forEach(TestActivityEnvironment::close);
    environment.close();
  }

  private TestEnvironmentOptions options() {
    return TestEnvironmentOptions.newBuilder()
        .setWorkflowClientOptions(
            WorkflowClientOptions.newBuilder().setDataConverter(PayloadJson.converter()).build())
        .setWorkerFactoryOptions(
            WorkerFactoryOptions.newBuilder()
                .setWorkerInterceptors(new JournalInterceptor(store, "node-a"))
                .build())
        .build();
  }

  private ProbeActivities stub(Function<Ask, Told> work) {
    environment.registerActivitiesImplementations(new Probe(work));
    return environment.newActivityStub(
        ProbeActivities.class,
        ActivityOptions.newBuilder()
            .setStartToCloseTimeout(Duration.ofSeconds(20))
            .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(1).build())
            .build());
  }

  private Told tell(Ask ask) {
    return new Told(
        "did " + ask.what(),
        List.of(new Metric("roc-auc", 0.775, 0.76, null, 6000)),
        calls.incrementAndGet());
  }

  private static Ask ask(String run, @Nullable String resumeFrom, String what) {
    return new Ask(new RunRef(run, "credit", resumeFrom), what, Duration.ofMinutes(10));
  }

  @Test
  void journaled_calledAgain_answersFromTheJournal() {
    ProbeActivities probe = stub(this::tell);

    Told first = probe.work(ask("credit-1", null, "x"));
    Told second = probe.work(ask("credit-1", null, "x"));

    assertThat(second).isEqualTo(first);
    assertThat(calls).hasValue(1);
    assertThat(journal.attemptsOf("credit-1")).hasSize(1);
    assertThat(journal.entries("credit-1"))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.activity()).isEqualTo("ProbeWork");
              assertThat(entry.node()).isEqualTo("node-a");
              assertThat(entry.finished()).isAfterOrEqualTo(entry.started());
            });
  }

  @Test
  void journaled_withOtherInput_runsAgain() {
    ProbeActivities probe = stub(this::tell);

    probe.work(ask("credit-1", null, "x"));
    probe.work(ask("credit-1", null, "y"));

    assertThat(calls).hasValue(2);
    assertThat(journal.entries("credit-1")).hasSize(2);
  }

  @Test
  void journaled_inAnotherRun_runsAgain() {
    ProbeActivities probe = stub(this::tell);

    probe.work(ask("credit-1", null, "x"));
    probe.work(ask("credit-2", null, "x"));

    assertThat(calls).hasValue(2);
  }

  @Test
  void journaled_inASuccessorRun_answersFromTheEarlierRunAndTheOneBefore() {
    ProbeActivities probe = stub(this::tell);

    Told first = probe.work(ask("credit-1", null, "x"));
    Told second = probe.work(ask("credit-2", "credit-1", "x"));
    Told third = probe.work(ask("credit-3", "credit-2", "x"));

    assertThat(second).isEqualTo(first);
    assertThat(third).isEqualTo(first);
    assertThat(calls).hasValue(1);
    assertThat(journal.attemptsOf("credit-3")).isEmpty();
    assertThat(journal.entries("credit-3"))
        .singleElement()
        .satisfies(entry -> assertThat(entry.runId()).isEqualTo("credit-1"));
  }

  @Test
  void notJournaled_runsEachTime() {
    ProbeActivities probe = stub(this::tell);

    probe.again(ask("credit-1", null, "x"));
    probe.again(ask("credit-1", null, "x"));

    assertThat(calls).hasValue(2);
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void failure_isNotJournaled_andTheStepRunsAgain() {
    ProbeActivities probe =
        stub(
            ask -> {
              if (calls.get() == 0) {
                calls.incrementAndGet();
                throw Failures.of(FailureType.DATA_INVALID, "rows: 0 (expected: > 0)");
              }
              return tell(ask);
            });

    assertThatThrownBy(() -> probe.work(ask("credit-1", null, "x")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_INVALID));
    assertThat(probe.work(ask("credit-1", null, "x")).call()).isEqualTo(2);
    assertThat(journal.attemptsOf("credit-1")).extracting(Journal.Attempt::seq).contains(1L, 2L);
    assertThat(journal.entries("credit-1")).hasSize(1);
  }

  @Test
  void corruptEntry_isNeitherTrustedNorReplaced() {
    ProbeActivities probe = stub(this::tell);
    probe.work(ask("credit-1", null, "x"));
    String key = store.list("runs/credit-1/journal/").getFirst();
    String text = new String(store.get(key).orElseThrow(), StandardCharsets.UTF_8);

    for (String broken :
        List.of(text.replace("0.775", "0.999"), text.substring(0, 40), "", "null")) {
      store.put(key, broken.getBytes(StandardCharsets.UTF_8));

      assertThatThrownBy(() -> probe.work(ask("credit-1", null, "x")))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT))
          .satisfies(e -> assertThat(Failures.sentence(e)).contains(key));
      assertThat(store.get(key))
          .hasValueSatisfying(b -> assertThat(b).asString().isEqualTo(broken));
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void twoAtOnce_theFirstToRecordDecides() {
    ProbeActivities probe =
        stub(
            ask -> {
              Told mine = tell(ask);
              if (mine.call() == 1) {
                // the same step finishes elsewhere while this one is still at work
                other().work(ask);
              }
              return mine;
            });

    Told told = probe.work(ask("credit-1", null, "x"));

    assertThat(told.call()).isEqualTo(100);
    assertThat(journal.entries("credit-1")).hasSize(1);
    assertThat(journal.attemptsOf("credit-1")).hasSize(2);
  }

  private ProbeActivities other() {
    TestActivityEnvironment second = TestActivityEnvironment.newInstance(options());
    others.add(second);
    second.registerActivitiesImplementations(
        new Probe(ask -> new Told("did it elsewhere", List.of(), 100)));
    return second.newActivityStub(ProbeActivities.class);
  }

  @WorkflowInterface
  public interface Twice {
    @WorkflowMethod
    List<Integer> run(String runId);
  }

  public static final class TwiceImpl implements Twice {
    @Override
    public List<Integer> run(String runId) {
      ProbeActivities remote =
          Workflow.newActivityStub(
              ProbeActivities.class,
              ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofMinutes(1)).build());
      ProbeActivities local =
          Workflow.newLocalActivityStub(
              ProbeActivities.class,
              LocalActivityOptions.newBuilder()
                  .setStartToCloseTimeout(Duration.ofMinutes(1))
                  .build());
      Ask ask = ask(runId, null, "in a workflow");
      return List.of(remote.work(ask).call(), local.work(ask).call(), remote.work(ask).call());
    }
  }

  @Test
  void inAWorkflow_remoteAndLocalActivitiesShareTheJournal() {
    try (TestWorkflowEnvironment workflows = TestWorkflowEnvironment.newInstance(options())) {
      var worker = workflows.newWorker("q");
      worker.registerWorkflowImplementationTypes(TwiceImpl.class);
      worker.registerActivitiesImplementations(new Probe(this::tell));
      workflows.start();
      Twice twice =
          workflows
              .getWorkflowClient()
              .newWorkflowStub(
                  Twice.class,
                  WorkflowOptions.newBuilder().setTaskQueue("q").setWorkflowId("twice").build());

      assertThat(twice.run("credit-7")).containsExactly(1, 1, 1);
      assertThat(journal.attemptsOf("credit-7"))
          .singleElement()
          .satisfies(
              attempt -> {
                assertThat(attempt.workflowId()).isEqualTo("twice");
                assertThat(attempt.attempt()).isEqualTo(1);
              });
    }
  }
}
