package io.millrace.infra.cli;

import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.steward.StewardState;
import io.temporal.client.WorkflowClient;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people name a run: {@code car-loan-3}, {@code ModelPipeline:car-loan:3}, or the model's name
 * for the run under way, else its last.
 *
 * @param runId as in the store; the workflow id when it was started under another
 */
record RunName(String runId, String workflowId) {
  private static final Pattern RUN = Pattern.compile("(.+)-([1-9]\\d{0,8})");
  private static final Pattern WORKFLOW = Pattern.compile("ModelPipeline:(.+):([1-9]\\d{0,8})");

  static RunName of(int number, String model) {
    return new RunName(WorkflowIds.run(model, number), WorkflowIds.pipeline(model, number));
  }

  static RunName find(WorkflowClient client, String text) {
    Matcher workflow = WORKFLOW.matcher(text);
    if (workflow.matches()) {
      return of(Integer.parseInt(workflow.group(2)), workflow.group(1));
    }
    if (text.contains(":")) {
      return new RunName(text, text);
    }
    Matcher run = RUN.matcher(text);
    if (run.matches() && !isModel(client, text)) {
      return of(Integer.parseInt(run.group(2)), run.group(1));
    }
    StewardState state = steward(client, text).status();
    if (state.active() != null) {
      return new RunName(
          WorkflowIds.run(text, state.active().number()), state.active().workflowId());
    }
    if (state.nextNumber() <= 1) {
      throw CliFailure.bad("RUN: " + text + " (expected: a model that was run)");
    }
    return of(state.nextNumber() - 1, text);
  }

  /** A run the store knows by this name needs no server; any other way to name one does. */
  static String inStore(Session session, String text, Predicate<String> known) {
    return text.matches("[a-z0-9._-]+") && known.test(text)
        ? text
        : find(session.client(), text).runId();
  }

  static ModelSteward steward(WorkflowClient client, String model) {
    Checks.name("NAME", model);
    return client.newWorkflowStub(ModelSteward.class, WorkflowIds.steward(model));
  }

  /** A model's own name may end in a number. */
  private static boolean isModel(WorkflowClient client, String text) {
    try {
      steward(client, text).status();
      return true;
    } catch (io.temporal.client.WorkflowNotFoundException e) {
      return false;
    }
  }
}
