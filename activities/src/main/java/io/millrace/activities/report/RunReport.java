package io.millrace.activities.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.LearningCurve;
import io.millrace.workflows.port.report.ReportActivities;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes {@code runs/<runId>/report.html}, one file that loads nothing from elsewhere, and {@code
 * report.json} beside it: the request, the learning curves by trial, and {@code passed} (null
 * before the gates). Equal requests give equal bytes.
 */
public final class RunReport implements ReportActivities {
  private final ObjectStore store;

  public RunReport(ObjectStore store) {
    this.store = store;
  }

  @Override
  public Report write(ReportRequest request) {
    Map<Integer, LearningCurve> curves = new TreeMap<>();
    for (TrialResult trial : request.trials()) {
      LearningCurve.of(store, trial.model()).ifPresent(curve -> curves.put(trial.trial(), curve));
    }
    String prefix = "runs/" + request.run().runId() + "/";
    String html = prefix + "report.html";
    store.put(prefix + "report.json", json(request, curves));
    store.put(html, new ReportPage(request, curves).html().getBytes(StandardCharsets.UTF_8));
    return new Report(html, store.location(html));
  }

  private static byte[] json(ReportRequest request, Map<Integer, LearningCurve> curves) {
    ObjectNode tree = PayloadJson.mapper().valueToTree(request);
    tree.put("format", 1);
    tree.set("curves", PayloadJson.mapper().valueToTree(curves));
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
