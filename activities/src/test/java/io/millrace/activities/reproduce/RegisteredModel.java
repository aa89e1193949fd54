package io.millrace.activities.reproduce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.registry.ObjectRegistry;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.train.FamilyTrainer;
import io.millrace.activities.train.TestDatasets;
import io.millrace.activities.train.TrialRequests;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.pipeline.Trigger;
import io.millrace.workflows.port.gate.GateActivities.GateReport;
import io.millrace.workflows.port.registry.RegistryActivities.RegisterRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A small model that was really trained and registered, {@code sample@1}.
 *
 * @param work folder for downloads
 */
public record RegisteredModel(
    ObjectStore store, Path work, TrialRequest request, TrialResult result, ModelRef version) {
  private static final String PROVENANCE = "models/sample/versions/1/provenance.json";

  /** Publishes data, trains as a node does, registers. */
  public static RegisteredModel in(ObjectStore store, Path work) throws Exception {
    DatasetRef rows =
        TestDatasets.publish(
            store,
            work.resolve("parts"),
            Task.BINARY,
            "y",
            "SELECT i % 10 AS tenth, (i * 37 % 101)::DOUBLE AS x, (i * 37 % 101 > 50)::INT::VARCHAR"
                + " AS y FROM range(4000) t(i)",
            List.of("0", "1"));
    ProfileBuilder profile =
        new ProfileBuilder(
            List.of(
                new Profile.Column("x", Feature.Kind.NUMBER),
                new Profile.Column("y", Feature.Kind.CATEGORY)));
    for (int i = 0; i < 50; i++) {
      profile.add(0, i);
      profile.add(1, i % 2 == 0 ? "1" : "0");
      profile.endRow();
    }
    store.put(rows.prefix() + "profile.json", profile.build().toJson());
    TrialRequest request =
        TrialRequests.of(
            new RunRef("sample-1", "sample", null),
            Task.BINARY,
            rows,
            new CandidateSpec("mlp", Map.of("hidden", List.of(4))),
            "roc-auc",
            2,
            Duration.ofHours(1));
    TrialResult result = trained(store, work, request);
    ModelRef version =
        new ObjectRegistry(store, work.resolve("scratch"))
            .register(
                new RegisterRequest(
                    request.run(),
                    "sample",
                    Task.BINARY,
                    result.model(),
                    rows,
                    "c".repeat(64),
                    request.seed(),
                    request.candidate(),
                    "It was the only one.",
                    new GateReport(List.of(), List.of(), 400),
                    Trigger.manual()));
    return new RegisteredModel(store, work, request, result, version);
  }

  /** Trains another request, outside a run. */
  public TrialResult train(TrialRequest other) {
    return new FamilyTrainer(store, work.resolve("scratch"), "node").fit(other, progress -> {});
  }

  /** The request in a run of its own with another seed. */
  public TrialRequest seeded(long seed) {
    ObjectNode fields = PayloadJson.mapper().valueToTree(request);
    fields.put("seed", seed);
    ((ObjectNode) fields.path("run")).put("runId", "other-" + seed);
    return PayloadJson.mapper().convertValue(fields, TrialRequest.class);
  }

  /** The record of where it came from, to be changed and put back by {@link #rewrite}. */
  public ObjectNode provenance() throws IOException {
    return (ObjectNode) PayloadJson.mapper().readTree(store.get(PROVENANCE).orElseThrow());
  }

  public void rewrite(ObjectNode provenance) throws IOException {
    store.put(PROVENANCE, PayloadJson.mapper().writeValueAsBytes(provenance));
  }

  private static TrialResult trained(ObjectStore store, Path work, TrialRequest request) {
    Journal journal = new Journal(store);
    Journal.Attempt attempt =
        journal.started(
            "sample-1",
            new Journal.Attempt(
                0, "TrainFit", Journal.inputDigest(request), Instant.now(), 1, "node-a", null));
    TrialResult result =
        Journal.during(
            attempt,
            () ->
                new FamilyTrainer(store, work.resolve("scratch"), "node-a")
                    .fit(request, progress -> {}));
    JsonNode json = PayloadJson.mapper().valueToTree(result);
    journal.record(
        "sample-1",
        new Journal.Entry(
            1,
            "TrainFit",
            attempt.inputDigest(),
            "sample-1",
            attempt.started(),
            Instant.now(),
            1,
            "node-a",
            json,
            PayloadJson.digest(json)));
    return result;
  }
}
