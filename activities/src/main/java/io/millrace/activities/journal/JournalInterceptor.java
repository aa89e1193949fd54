package io.millrace.activities.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.Journaled;
import io.millrace.workflows.port.JournaledRequest;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.common.metadata.POJOActivityImplMetadata;
import io.temporal.common.metadata.POJOActivityMethodMetadata;
import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@link Journaled} activities from the run's journal, or from the journal of the run it
 * resumes, when their step has finished before; runs and records them otherwise. Of two executions
 * at the same time the first to record decides, the other answers the same. Failures are not
 * journaled: a failed step runs again.
 *
 * <p>Belongs on every worker, nodes included. An entry that cannot be read is {@code
 * STORE_CORRUPT}: neither trusted nor replaced.
 */
public final class JournalInterceptor extends WorkerInterceptorBase {
  private final Journal journal;
  private final String node;
  private final Clock clock;

  /** Methods by implementation and activity type; empty when the method is not journaled. */
  private final ConcurrentHashMap<Type, Optional<Method>> methods = new ConcurrentHashMap<>();

  /**
   * @param node who works here: recorded with each entry
   */
  public JournalInterceptor(ObjectStore store, String node) {
    this(new Journal(store), node, Clock.systemUTC());
  }

  JournalInterceptor(Journal journal, String node, Clock clock) {
    this.journal = journal;
    this.node = node;
    this.clock = clock;
  }

  private record Type(Class<?> implementation, String activity) {}

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new Calls(next);
  }

  private final class Calls extends ActivityInboundCallsInterceptorBase {
    private final ActivityInboundCallsInterceptor next;
    private @Nullable ActivityExecutionContext context;

    Calls(ActivityInboundCallsInterceptor next) {
      super(next);
      this.next = next;
    }

    @Override
    public void init(ActivityExecutionContext context) {
      this.context = context;
      next.init(context);
    }

    @Override
    public ActivityOutput execute(ActivityInput input) {
      ActivityExecutionContext activity = context;
      if (activity == null) {
        throw new IllegalStateException("execute before init");
      }
      Optional<Method> method = journaled(activity);
      if (method.isEmpty()) {
        return next.execute(input);
      }
      if (input.getArguments().length != 1
          || !(input.getArguments()[0] instanceof JournaledRequest request)) {
        throw Failures.of(
            FailureType.INVARIANT_BROKEN,
            "activity: "
                + activity.getInfo().getActivityType()
                + " (expected: one JournaledRequest, it is @Journaled)");
      }
      return once(activity.getInfo(), method.get(), request, input);
    }

    private ActivityOutput once(
        ActivityInfo info, Method method, JournaledRequest request, ActivityInput input) {
      RunRef run = request.run();
      String type = info.getActivityType();
      String digest = Journal.inputDigest(request);
      Optional<Journal.Entry> known = known(run, type, digest);
      if (known.isPresent()) {
        return answer(method, known.get());
      }
      Instant started = clock.instant();
      String workflow = info.isInWorkflow() ? info.getWorkflowId() : null;
      Journal.Attempt attempt =
          journal.started(
              run.runId(),
              new Journal.Attempt(0, type, digest, started, info.getAttempt(), node, workflow));
      ActivityOutput output = Journal.during(attempt, () -> next.execute(input));
      JsonNode result = Journal.tree(output.getResult());
      Journal.Entry mine =
          new Journal.Entry(
              1,
              type,
              digest,
              run.runId(),
              started,
              clock.instant(),
              info.getAttempt(),
              node,
              result,
              PayloadJson.digest(result));
      Journal.Entry kept = journal.record(run.runId(), mine);
      return kept == mine ? output : answer(method, kept);
    }
  }

  /** From this run's journal, else from the resumed run's, which is then copied to this run's. */
  private Optional<Journal.Entry> known(RunRef run, String type, String digest) {
    Optional<Journal.Entry> own = journal.find(run.runId(), type, digest);
    String earlier = run.resumeFrom();
    if (own.isPresent() || earlier == null) {
      return own;
    }
    return journal.find(earlier, type, digest).map(entry -> journal.record(run.runId(), entry));
  }

  private static ActivityInboundCallsInterceptor.ActivityOutput answer(
      Method method, Journal.Entry entry) {
    try {
      JsonNode result = entry.result();
      Object value =
          result == null || result.isNull() || method.getReturnType() == void.class
              ? null
              : PayloadJson.mapper()
                  .treeToValue(
                      result,
                      PayloadJson.mapper()
                          .getTypeFactory()
                          .constructType(method.getGenericReturnType()));
      return new ActivityInboundCallsInterceptor.ActivityOutput(value);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT,
          e,
          "journal: "
              + Journal.key(entry.runId(), entry.activity(), entry.inputDigest())
              + " (expected: a "
              + method.getReturnType().getSimpleName()
              + ")");
    }
  }

  private Optional<Method> journaled(ActivityExecutionContext context) {
    Object instance = context.getInstance();
    String activity = context.getInfo().getActivityType();
    return methods.computeIfAbsent(
        new Type(instance.getClass(), activity),
        type ->
            POJOActivityImplMetadata.newInstance(type.implementation())
                .getActivityMethods()
                .stream()
                .filter(method -> method.getActivityTypeName().equals(type.activity()))
                .map(POJOActivityMethodMetadata::getMethod)
                .filter(method -> method.isAnnotationPresent(Journaled.class))
                .findFirst());
  }
}
