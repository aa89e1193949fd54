package io.millrace.workflows.port.data;

import io.millrace.workflows.port.Script;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.wire.PayloadJson;
import java.util.List;
import java.util.Map;

/** A dataset of a thousand rows for every source. */
public final class FakeData extends Script implements DataActivities {
  @Override
  public IngestResult ingest(IngestRequest request) {
    called("ingest", request);
    String digest = PayloadJson.digest(List.of(request.data(), String.valueOf(request.recent())));
    return new IngestResult(
        new DatasetRef(request.name(), digest, 1000),
        1005,
        5,
        request.recent() == null ? 0 : 200,
        Map.of("train", 700L, "validation", 100L, "test", 200L),
        List.of(),
        List.of());
  }
}
