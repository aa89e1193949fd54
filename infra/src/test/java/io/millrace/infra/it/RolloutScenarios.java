package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.infra.it.ConstantLoad.Answer;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.rollout.Rollout.RolloutOutcome;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Under a constant load: a good version gets all traffic and no request fails; a slow one, one that
 * errs on two rows of a hundred, and one whose scores moved are gone within a minute, whether the
 * worker lives or not. A class per target says where.
 */
@Timeout(value = 12, unit = TimeUnit.MINUTES)
abstract class RolloutScenarios extends RolloutFixture {
  private static final Duration BAD = Duration.ofSeconds(60);

  /** Of a load of hours this would still be the last seconds alone: nothing is left out. */
  private static final double BEHIND_SECONDS = 5;

  private static final String REFUSED = "(expected: a number in 0..86.4)";

  @Test
  void rollout_ofGoodAndBadVersionsUnderLoad_failsNoRequestAndGoesBackWithinAMinute()
      throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, SAMPLES);

      RolloutOutcome good = start(publish(2, 0.02, 120, 0), one, steps(20, null));
      assertThat(good.promoted()).as(good.sentence()).isTrue();
      assertThat(good.steps()).hasSize(3);
      assertNoneFailed(load.answers());
      assertConstant(load, load.answers(), "good");
      assertThat(load.since(Instant.now().minusSeconds(2)))
          .filteredOn(answer -> answer.version() != 2)
          .isEmpty();

      ModelRef two = publish(2, 0.02, 120, 0);
      bad(load, two, publish(3, 0, 120, 500), "latency", false);
      bad(load, two, publish(4, 0, 86.4, 0), "errors", true);
      bad(load, two, publish(5, 1.5, 120, 0), "score-shift", false);
    }
  }

  @Test
  void rollout_whileTheWorkerIsKilledInMidShift_goesBackWithinAMinute() throws Exception {
    ModelRef one = publish(1, 0, 120, 0);
    assertThat(start(one, null, quick()).promoted()).isTrue();
    try (ConstantLoad load = load()) {
      awaitAnswers(load, SAMPLES);
      ModelRef bad = publish(2, 1.5, 120, 0);
      Instant begun = Instant.now();
      Rollout rollout = stub(bad);
      WorkflowClient.start(rollout::run, request(bad, one, steps(60, null)));
      awaitVersion(load, begun, 2);
      List<ProcessHandle> workers = machine().processes("WorkerMain");
      workers.forEach(LocalMachine::kill9);
      System.out.println("kill -9 of " + workers.size() + " worker in mid-shift");
      RolloutOutcome outcome = WorkflowStub.fromTyped(rollout).getResult(RolloutOutcome.class);
      assertThat(outcome.promoted()).isFalse();
      assertThat(outcome.sentence()).contains("score-shift");
      assertGone(load, begun, 2, false, "score-shift, worker killed");
    }
  }

  private void bad(ConstantLoad load, ModelRef from, ModelRef to, String rule, boolean errs) {
    Instant begun = Instant.now();
    RolloutOutcome outcome = start(to, from, steps(60, null));
    assertThat(outcome.promoted()).as(outcome.sentence()).isFalse();
    System.out.println(outcome.sentence());
    assertThat(outcome.sentence()).contains(rule);
    assertGone(load, begun, to.version(), errs, rule);
  }

  /** From the first answer of the bad version to the last one; and what the switch cost. */
  private void assertGone(
      ConstantLoad load, Instant begun, int version, boolean errs, String what) {
    List<Answer> all = load.since(begun);
    List<Instant> times =
        all.stream()
            .filter(answer -> answer.version() == version)
            .map(Answer::at)
            .sorted(Comparator.naturalOrder())
            .toList();
    assertThat(times).as("answers of version " + version).isNotEmpty();
    Duration exposed = Duration.between(times.getFirst(), times.getLast());
    List<Answer> failed = all.stream().filter(Answer::failed).toList();
    System.out.printf(
        "%s: version %d answered for %.1f s (%d of %d requests), failures %d %s%n",
        what,
        version,
        exposed.toMillis() / 1e3,
        times.size(),
        all.size(),
        failed.size(),
        failed.stream().map(Answer::problem).distinct().limit(3).toList());
    assertThat(exposed).isLessThan(BAD);
    // what a model refuses is its own, and its words say which; the switch fails nothing
    assertThat(failed).allMatch(answer -> errs && REFUSED.equals(limit(answer.problem())));
    assertConstant(load, all, what);
  }

  /** What was due was sent and answered, but for the last moments' requests. */
  private static void assertConstant(ConstantLoad load, List<Answer> answers, String what) {
    double behind = load.secondsBehind();
    System.out.printf("%s: %s, %.2f s behind%n", what, load.summary(answers), behind);
    assertThat(behind).as("seconds of %d requests not answered", RATE).isLessThan(BEHIND_SECONDS);
  }

  /** The rule that only the erring version has. */
  private static String limit(String problem) {
    return problem.substring(Math.max(0, problem.lastIndexOf("(expected")));
  }

  private static void awaitVersion(ConstantLoad load, Instant since, int version) {
    LocalMachine.await(
        "an answer of version " + version,
        Duration.ofMinutes(2),
        () -> load.since(since).stream().anyMatch(answer -> answer.version() == version));
  }
}
