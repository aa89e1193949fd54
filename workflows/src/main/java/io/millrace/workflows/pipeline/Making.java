package io.millrace.workflows.pipeline;

import io.millrace.workflows.options.ActivityProfiles;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.train.SelectActivities;
import io.millrace.workflows.port.train.SelectActivities.Selection;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec;
import io.temporal.workflow.Workflow;
import java.util.Comparator;
import java.util.List;

/** From the source to the trial that won. */
final class Making {
  /** A result is about 800 bytes, a payload should stay under 64 KB. */
  private static final int FINALISTS = 64;

  private final DataActivities data =
      Workflow.newActivityStub(DataActivities.class, ActivityProfiles.BULK);
  private final SelectActivities select =
      Workflow.newActivityStub(SelectActivities.class, ActivityProfiles.BULK);
  private final PipelineRequest request;
  private final RunBoard board;
  private final Steps steps;
  private final Findings found;
  private final RunRef run;
  private final Spec spec;
  private final TrainingStop stop;

  Making(
      PipelineRequest request,
      RunBoard board,
      Steps steps,
      Findings found,
      RunRef run,
      Spec spec,
      TrainingStop stop) {
    this.request = request;
    this.board = board;
    this.steps = steps;
    this.found = found;
    this.run = run;
    this.spec = spec;
    this.stop = stop;
  }

  IngestResult ingest() {
    IngestResult result =
        steps.must(
            "ingest",
            () ->
                data.ingest(
                    new DataActivities.IngestRequest(
                        run,
                        spec.model(),
                        spec.task(),
                        spec.data(),
                        request.location(),
                        request.recent())),
            Sentences::ingested);
    found.ingest = result;
    return result;
  }

  List<TrialResult> train(IngestResult ingest) {
    Training training = new Training(board, run, spec, ingest.dataset(), stop);
    found.trials = steps.must("training", training::train, Sentences::trained);
    return found.trials;
  }

  Selection select(IngestResult ingest, List<TrialResult> trials) {
    Selection selection =
        steps.must(
            "selection",
            () ->
                select.winner(
                    new SelectActivities.SelectRequest(
                        run,
                        spec.task(),
                        ingest.dataset(),
                        spec.data(),
                        spec.training().objective(),
                        spec.training().seed(),
                        finalists(trials))),
            Selection::sentence);
    found.selection = selection;
    return selection;
  }

  /** All of them, or the best by the objective: a request has room for so many. */
  private List<TrialResult> finalists(List<TrialResult> trials) {
    if (trials.size() <= FINALISTS) {
      return trials;
    }
    TrainingSpec.Objective objective = spec.training().objective();
    double sign = objective.maximise() ? -1 : 1;
    return trials.stream()
        .sorted(
            Comparator.comparingDouble(
                    (TrialResult trial) -> {
                      Double value = trial.measured(objective.metric());
                      return value == null ? Double.POSITIVE_INFINITY : sign * value;
                    })
                .thenComparing(TrialResult::trial))
        .limit(FINALISTS)
        .sorted(Comparator.comparing(TrialResult::trial))
        .toList();
  }
}
