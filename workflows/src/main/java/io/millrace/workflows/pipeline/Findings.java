package io.millrace.workflows.pipeline;

import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.spec.SpecActivities.ResolvedSpec;
import io.millrace.workflows.port.train.SelectActivities.Selection;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run has found so far: filled step by step, read by whatever ends it. */
final class Findings {
  /** Null until the run was admitted. */
  @Nullable RunRef run;

  @Nullable ResolvedSpec resolved;
  @Nullable IngestResult ingest;
  List<TrialResult> trials = List.of();
  @Nullable Selection selection;
  @Nullable GateReport gates;
  @Nullable ModelRef version;
  @Nullable String url;

  /** The steward counts on hearing how the run ended. */
  boolean admitted;
}
