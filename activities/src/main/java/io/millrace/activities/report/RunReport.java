package io.millrace.activities.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.LearningCurve;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.TrialSummary;
import io.millrace.activities.trials.Trials;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.report.ReportActivities;
import io.millrace.workflows.port.report.ReportActivities.TrialKey;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.spec.TrainingSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes {@code runs/<runId>/report.html}, one file that loads nothing from elsewhere, and {@code
 * report.json} beside it: the request, the learning curves by trial, every trial with its attempts
 * in {@code sweep}, and {@code passed} (null before the gates). Equal requests and records give
 * equal bytes.
 */
public final class RunReport implements ReportActivities {
  private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);
  private final ObjectStore store;
  private final Trials trials;

  public RunReport(ObjectStore store) {
    this.store = store;
    this.trials = new Trials(store);
  }

  @Override
  public Report write(ReportRequest asked) {
    ReportRequest request = whole(asked);
    Map<Integer, LearningCurve> curves = new TreeMap<>();
    for (TrialResult trial : request.trials()) {
      LearningCurve.of(store, trial.model()).ifPresent(curve -> curves.put(trial.trial(), curve));
    }
    List<TrialSummary> sweep = sweep(request, readable(request.run().runId(), trials::of), curves);
    String prefix = "runs/" + request.run().runId() + "/";
    String html = prefix + "report.html";
    store.put(prefix + "report.json", json(request, sweep, curves));
    store.put(html, new ReportPage(request, sweep, curves).html().getBytes(StandardCharsets.UTF_8));
    return new Report(html, store.location(html));
  }

  /** With the results that it names; one that the journal does not know is left out. */
  private ReportRequest whole(ReportRequest request) {
    List<TrialKey> named = request.results();
    if (named == null) {
      return request;
    }
    List<TrialResult> known = readable(request.run().runId(), trials::results);
    List<TrialResult> results = new ArrayList<>(request.trials());
    for (TrialKey key : named) {
      known.stream()
          .filter(result -> result.trial() == key.trial())
          .filter(result -> result.model().digest().equals(key.digest()))
          .findFirst()
          .ifPresentOrElse(
              results::add,
              () -> LOG.warn("trial {} has no result in the journal: left out", key.trial()));
    }
    return new ReportRequest(
        request.run(),
        request.spec(),
        request.trigger(),
        request.ingest(),
        results,
        request.selection(),
        request.gates(),
        request.version(),
        request.endpointUrl(),
        request.stages(),
        request.outcome(),
        request.costs(),
        null);
  }

  /** A damaged record costs the report a few lines, not the run its report. */
  private static <T> List<T> readable(String runId, Function<String, List<T>> records) {
    try {
      return records.apply(runId);
    } catch (ApplicationFailure failure) {
      if (Failures.typeOf(failure).orElse(null) != FailureType.STORE_CORRUPT) {
        throw failure;
      }
      LOG.warn("the records of {} are left out: {}", runId, Failures.sentence(failure));
      return List.of();
    }
  }

  /**
   * The results as the run knows them, each with its record, then the trials without a result;
   * whose curves, as far as they came, are added.
   */
  private static List<TrialSummary> sweep(
      ReportRequest request, List<TrialRecord> records, Map<Integer, LearningCurve> curves) {
    Map<Integer, TrialSummary> sweep = new TreeMap<>();
    for (TrialResult result : request.trials()) {
      sweep.put(
          result.trial(),
          records.stream()
              .filter(record -> result.equals(record.result()))
              .map(TrialSummary::of)
              .findFirst()
              .orElseGet(() -> unrecorded(request, result)));
    }
    for (TrialRecord record : records) {
      // of a patched spec the newer trial of a number is the one that counted
      if (request.trials().stream().noneMatch(result -> result.trial() == record.trial())) {
        sweep.put(record.trial(), TrialSummary.of(record));
        partial(record, curves);
      }
    }
    return List.copyOf(sweep.values());
  }

  private static void partial(TrialRecord record, Map<Integer, LearningCurve> curves) {
    List<Double> objective = new ArrayList<>();
    List<Double> loss = new ArrayList<>();
    for (TrialAttempt.Point point : record.curve()) {
      Double value = point.objective();
      Double mean = point.loss();
      if (value != null && mean != null) {
        objective.add(value);
        loss.add(mean);
      }
    }
    if (!objective.isEmpty()) {
      curves.put(
          record.trial(),
          new LearningCurve(record.request().objective().metric(), objective, loss));
    }
  }

  private static TrialSummary unrecorded(ReportRequest request, TrialResult result) {
    TrainingSpec training = request.spec().training();
    return TrialSummary.of(result, training.seed(), training.objective().metric());
  }

  private static byte[] json(
      ReportRequest request, List<TrialSummary> sweep, Map<Integer, LearningCurve> curves) {
    ObjectNode tree = PayloadJson.mapper().valueToTree(request);
    tree.put("format", 1);
    tree.set("curves", PayloadJson.mapper().valueToTree(curves));
    tree.set("sweep", PayloadJson.mapper().valueToTree(sweep));
    if (request.gates() != null) {
      tree.put("passed", request.gates().passed());
    }
    try {
      return PayloadJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report request is JSON", e);
    }
  }
}
