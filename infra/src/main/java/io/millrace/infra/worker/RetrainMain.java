package io.millrace.infra.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.OverlayStore;
import io.millrace.activities.store.Stores;
import io.millrace.activities.train.FamilyTrainer;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialProgress;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Trains one request anew in a process of its own, whose engine has the threads the request asks
 * for. Reads the store and writes beside it. Its one argument is the file of a {@link Plan}; each
 * second a {@link TrialProgress} goes to stdout as one line of JSON, and an {@link Answer} to
 * {@link Plan#answer} at the end. When nobody reads any more, it ends.
 */
public final class RetrainMain {
  private RetrainMain() {}

  /**
   * @param store setting that opens the store
   * @param scratch downloads
   * @param work folder that takes what is written
   * @param request in a run of its own
   */
  public record Plan(String store, Path scratch, Path work, TrialRequest request) {
    /** Takes what would go to the store. */
    public Path written() {
      return work.resolve("store");
    }

    /** Where the answer is. */
    public Path answer() {
      return work.resolve("answer.json");
    }
  }

  /**
   * @param result null when it failed
   * @param type of the failure; null when there was none, or none of ours
   * @param message null when there was none
   */
  public record Answer(
      @Nullable TrialResult result, @Nullable FailureType type, @Nullable String message) {}

  /** Exits with 0 once it has answered. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("arguments: " + args.length + " (expected: the file of a plan)");
      System.exit(2);
    }
    Plan plan = PayloadJson.mapper().readValue(Files.readAllBytes(Path.of(args[0])), Plan.class);
    // a library that prints must not get between our lines
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    Answer answer = train(plan, out);
    Path part = plan.work().resolve("answer.part");
    Files.write(part, PayloadJson.mapper().writeValueAsBytes(answer));
    Files.move(part, plan.answer());
    System.exit(0);
  }

  private static Answer train(Plan plan, PrintStream out) {
    try (ObjectStore store =
        new OverlayStore(Stores.open(plan.store()), new FileStore(plan.written()))) {
      FamilyTrainer trainer = new FamilyTrainer(store, plan.scratch(), "reproduce");
      return new Answer(trainer.fit(plan.request(), p -> tell(p, out)), null, null);
    } catch (RuntimeException e) {
      return new Answer(null, Failures.typeOf(e).orElse(null), Failures.sentence(e));
    }
  }

  private static void tell(TrialProgress progress, PrintStream out) {
    try {
      out.println(PayloadJson.mapper().writeValueAsString(progress));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("progress is JSON", e);
    }
    if (out.checkError()) {
      throw new IllegalStateException("nobody reads what is trained here");
    }
  }
}
