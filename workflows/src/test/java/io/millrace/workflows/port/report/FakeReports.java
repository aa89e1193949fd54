package io.millrace.workflows.port.report;

import io.millrace.workflows.port.Script;

/** Reports that exist only by name. */
public final class FakeReports extends Script implements ReportActivities {
  @Override
  public Report write(ReportRequest request) {
    called("write", request);
    String key = "runs/" + request.run().runId() + "/report.html";
    return new Report(key, "/store/" + key);
  }
}
