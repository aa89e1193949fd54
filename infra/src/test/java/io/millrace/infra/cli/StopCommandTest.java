package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.spec.SearchSpec;
import io.temporal.activity.Activity;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class StopCommandTest {
  @TempDir Path folder;
  private final CountDownLatch end = new CountDownLatch(1);
  private TestBed bed;
  private Cli cli;

  @BeforeEach
  void open() {
    bed = new TestBed();
    cli = new Cli(folder.resolve("home"), bed.client());
    bed.specs.spec(Samples.searching(new SearchSpec(SearchSpec.Method.RANDOM, 50, 3, 1), 2));
  }

  @AfterEach
  void close() {
    end.countDown();
    bed.close();
  }

  @Test
  void stop_ofATraining_goesOnWithTheBestThereIs() {
    ModelPipeline run = sweeping(2);

    Cli.Answer answer =
        cli.run(
            "stop", "credit-1", "--training", "--who", "ann", "--reason", "good enough", "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("run").asText()).isEqualTo("credit-1");
    end.countDown();
    assertThat(TestBed.outcome(run).result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
    assertThat(run.status().sweep().ended()).isEqualTo("stopped by ann: good enough");
    Cli.Answer late = cli.run("stop", "credit-1", "--training", "--reason", "again");
    assertThat(late.code()).isEqualTo(ExitCode.BAD_INPUT);
  }

  @Test
  void stop_beforeATrialHasFinished_isRefused() {
    bed.train.habit("linear", request -> hold());
    sweeping(-1);

    Cli.Answer answer = cli.run("stop", "credit-1", "--training", "--reason", "no patience");

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err())
        .contains("finished trials: 0 (expected: at least one to select from; cancel the run");
  }

  @Test
  void stop_withoutSayingWhatOrWhy_isCodeTwo() {
    assertThat(cli.run("stop", "credit-1", "--reason", "so").err()).contains("--training");
    assertThat(cli.run("stop", "credit-1", "--training").err()).contains("--reason");
  }

  /** A run whose trials after the last one never end by themselves. */
  private ModelPipeline sweeping(int last) {
    bed.train.habit(
        "mlp",
        request -> {
          if (request.trial() > last) {
            hold();
          }
        });
    ModelPipeline run = bed.started(Samples.numbered(1));
    while (bed.train.calls("fit-mlp").size() < last + 2) {
      Thread.onSpinWait();
    }
    return run;
  }

  private void hold() {
    try {
      while (!end.await(20, TimeUnit.MILLISECONDS)) {
        Activity.getExecutionContext().heartbeat("epoch");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
