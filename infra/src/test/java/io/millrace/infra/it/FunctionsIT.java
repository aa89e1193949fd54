package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.notify.ApprovalLinks;
import io.millrace.activities.notify.Notifiers;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.S3Store;
import io.millrace.activities.temporal.DevServer;
import io.millrace.activities.watch.Labels;
import io.millrace.inference.client.ClientConfig;
import io.millrace.inference.client.ModelClient;
import io.millrace.inference.log.MemorySink;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.inference.server.DesiredState;
import io.millrace.inference.server.ModelServer;
import io.millrace.inference.server.ServerConfig;
import io.millrace.workflows.Samples;
import io.millrace.workflows.pipeline.PipelineOutcome;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * The cloud functions as they are deployed: the template, the packages, containers, S3,
 * EventBridge, queues, a Temporal server and a model server.
 */
class FunctionsIT {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir static Path home;

  private static LocalStack stack;
  private static DevServer temporal;
  private static ModelServer model;
  private static MemorySink log;
  private static BridgeDoor toTemporal;
  private static BridgeDoor toModel;
  private static FunctionStack functions;
  private static SqsClient sqs;

  @BeforeAll
  static void open() throws Exception {
    stack =
        LocalStack.start(
            "s3", "lambda", "sqs", "events", "iam", "logs", "ssm", "sts", "cloudformation");
    temporal = new DevServer();
    toTemporal = new BridgeDoor(Integer.parseInt(temporal.address().split(":")[1]));
    Path credit = TestPackages.linear(home.resolve("credit"));
    model = server(credit);
    toModel = new BridgeDoor(model.port());
    functions = new FunctionStack(stack);
    sqs = stack.client(SqsClient.builder());
    for (String bucket : List.of("store", "specs", "input")) {
      functions.bucket(bucket);
    }
    try (SsmClient ssm = stack.client(SsmClient.builder())) {
      ssm.putParameter(
          put -> put.name("/millrace/links").type(ParameterType.SECURE_STRING).value(KEY));
    }
    champion(credit);
    functions.deploy(
        Map.ofEntries(
            Map.entry("StoreBucket", "store"),
            Map.entry("StorePrefix", "mr/"),
            Map.entry("TemporalAddress", toTemporal.address()),
            Map.entry("ApprovalKeyParameter", "millrace/links"),
            Map.entry("SpecsBucket", "specs"),
            Map.entry("InputBucket", "input"),
            Map.entry("Model", "credit"),
            Map.entry("EndpointUrl", "http://" + toModel.address()),
            // else a message that failed would come again after this test
            Map.entry("WorkSeconds", "25"),
            Map.entry("RedeliverySeconds", "25"),
            Map.entry("Deliveries", "2")));
  }

  private static ModelServer server(Path credit) {
    log = new MemorySink();
    DesiredState state =
        new DesiredState(
            1,
            "credit",
            List.of(new DesiredState.Version(1, "v1", PackageFiles.digest(credit), 1)));
    ModelServer server =
        new ModelServer(
            ServerConfig.of("credit", 0),
            () -> Optional.of(state),
            (prefix, digest) -> credit,
            log);
    server.start();
    return server;
  }

  /** As the registry leaves it. */
  private static void champion(Path credit) throws IOException {
    ModelRef ref = new ModelRef("credit", 1, PackageFiles.digest(credit));
    put("runs/credit-1/spec.yaml", SpecParser.yaml(Samples.spec()));
    put(ref.prefix() + "model.json", Files.readAllBytes(credit.resolve("model.json")));
    put(
        ref.prefix() + "version.json",
        PayloadJson.mapper().writeValueAsBytes(Map.of("run", "credit-1")));
    put(
        "models/credit/aliases/champion/0000000001.json",
        PayloadJson.mapper()
            .writeValueAsBytes(new AliasEntry(1, "champion", ref, Instant.now(), "k", "a test")));
  }

  private static void put(String key, byte[] content) {
    functions.s3.putObject(
        put -> put.bucket("store").key("mr/" + key),
        software.amazon.awssdk.core.sync.RequestBody.fromBytes(content));
  }

  @AfterAll
  static void close() throws Exception {
    // each may not have been opened
    List<AutoCloseable> open = new ArrayList<>();
    open.addAll(Arrays.asList(functions, sqs, toModel, toTemporal));
    if (model != null) {
      open.add(model::stop);
    }
    open.addAll(Arrays.asList(temporal, stack));
    for (AutoCloseable one : open) {
      if (one != null) {
        try {
          one.close();
        } catch (Exception | AssertionError e) {
          System.out.println("FunctionsIT: not closed: " + e);
        }
      }
    }
  }

  private static long runs(String idPrefix) {
    return temporal
        .client()
        .listExecutions("WorkflowType = 'ModelPipeline'")
        .filter(run -> run.getExecution().getWorkflowId().startsWith(idPrefix))
        .count();
  }

  @Test
  void start_ofASpecThatIsWritten_startsOneRun() throws IOException {
    String event =
        Files.readString(
            LocalMachine.root()
                .resolve("functions/events/src/test/resources/events/eventbridge.json"));
    JsonNode first = functions.invoke("fn-start", event).path("runs").path(0);
    JsonNode again = functions.invoke("fn-start", event).path("runs").path(0);
    String id = "ModelPipeline:event:7bf73129-1428-4cd3-a780-95db273d1602";

    assertThat(first.path("workflowId").asText()).isEqualTo(id);
    assertThat(first.path("started").asBoolean()).isTrue();
    assertThat(again.path("started").asBoolean()).isFalse();
    assertThat(temporal.client().newUntypedWorkflowStub(id).describe().getWorkflowType())
        .isEqualTo("ModelPipeline");

    functions.put("specs", "credit/pipeline.yaml", "model: credit\n");
    // the store's own kind of id: of the object and its write
    LocalMachine.await("the run of the object", SOON, () -> runs("ModelPipeline:event:") == 2);
  }

  @Test
  void score_ofAQueueWithABadRow_returnsThatMessageAlone() {
    String queue = functions.output("ScoreQueueUrl");
    String good = send(queue, "{\"instances\":[{\"age\":50,\"income\":1000,\"city\":\"berlin\"}]}");
    String bad = send(queue, "{\"instances\":[{\"age\":500,\"income\":1000,\"city\":\"berlin\"}]}");
    String csv = send(queue, "age,income,city\n40,,paris\n");
    String prefix = "mr/scores/credit/";

    LocalMachine.await("two answers", SOON, () -> functions.keys("store", prefix).size() == 2);
    assertThat(functions.text("store", prefix + good + ".json")).contains("\"version\":1");
    assertThat(functions.text("store", prefix + csv + ".json")).contains("\"score\"");
    List<Message> dead = received(deadOf(queue));
    assertThat(dead).extracting(Message::body).singleElement().asString().contains("500");
    assertThat(functions.keys("store", prefix + bad)).isEmpty();
    assertThat(depth(queue)).isZero();
    try (ModelClient client =
        new ModelClient(
            ClientConfig.of(URI.create("http://127.0.0.1:" + model.port()), "credit"))) {
      client.flush();
    }
    assertThat(log.lines())
        .extracting(line -> line.toString())
        .filteredOn(line -> line.contains("message-" + good))
        .hasSize(1);
  }

  private static String send(String queue, String body) {
    return sqs.sendMessage(send -> send.queueUrl(queue).messageBody(body)).messageId();
  }

  private static String deadOf(String queue) {
    return sqs.listQueues().queueUrls().stream()
        .filter(url -> url.contains("ScoreDead"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(queue + ": no queue of dead messages"));
  }

  private static List<Message> received(String queue) {
    List<Message> messages = new ArrayList<>();
    LocalMachine.await(
        "a dead message",
        Duration.ofMinutes(3),
        () ->
            messages.addAll(
                sqs.receiveMessage(r -> r.queueUrl(queue).waitTimeSeconds(5)).messages()));
    return messages;
  }

  private static int depth(String queue) {
    return sqs
        .getQueueAttributes(g -> g.queueUrl(queue).attributeNamesWithStrings("All"))
        .attributesAsStrings()
        .entrySet()
        .stream()
        .filter(e -> e.getKey().matches("ApproximateNumberOfMessages(NotVisible)?"))
        .mapToInt(e -> Integer.parseInt(e.getValue()))
        .sum();
  }

  @Test
  void score_ofAnObject_writesPredictionsBesideIt() {
    // no space in the key: LocalStack encodes keys for EventBridge, which AWS does not
    functions.put(
        "input", "score/day-1/rows.csv", "age,income,city\n50,1000,berlin\n-1,1,paris\n40,,\n");
    String prefix = "score/day-1/rows.csv.predictions-";

    LocalMachine.await("the predictions", SOON, () -> functions.keys("input", prefix).size() == 1);
    String text = functions.text("input", functions.keys("input", prefix).getFirst());
    assertThat(text.lines()).hasSize(3);
    assertThat(text.lines().toList().get(0)).contains("\"row\":1", "\"score\":");
    assertThat(text.lines().toList().get(1)).contains("\"row\":2", "\"error\":", "age");
  }

  @Test
  void labels_ofAnObjectAndAQueue_areThoseOfTheCommandLine() throws IOException {
    functions.put("input", "labels/credit/march.csv", "ID,default\nr-7,1\nr-8,0\n");
    LocalMachine.await(
        "the labels", SOON, () -> functions.keys("store", "mr/labels/credit/").size() == 1);
    send(
        functions.output("LabelsQueueUrl"),
        "{\"model\":\"credit\",\"labels\":[{\"ID\":\"r-8\",\"default\":0},{\"ID\":\"r-7\",\"default\":1.0}]}");
    send(
        functions.output("LabelsQueueUrl"),
        "{\"model\":\"credit\",\"labels\":[{\"ID\":\"r-9\",\"default\":1}]}");

    LocalMachine.await(
        "the second labels", SOON, () -> functions.keys("store", "mr/labels/credit/").size() == 2);
    Path file = Files.writeString(home.resolve("l.csv"), "ID,default\nr-8,0\nr-7,1\n");
    try (S3Store store = new S3Store(stack.s3(), "store", "mr")) {
      Labels.Added added = new Labels(store, InstantSource.system()).add("credit", file);
      assertThat(added.added()).isFalse();
      assertThat(added.rows()).isEqualTo(2);
    }
  }

  @Test
  void approve_byTheLinkOfTheNotification_deploysTheRun() throws IOException {
    Secrets secrets = new Secrets(Map.of("LINKS", KEY));
    URI page = URI.create(functions.output("ApproveUrl"));
    Notifiers notifiers =
        new Notifiers(secrets, new ApprovalLinks(page, "secret:env:LINKS", secrets));
    try (WaitingRun waiting = new WaitingRun(temporal.client(), notifiers)) {
      LocalMachine.await("the notification", SOON, () -> waiting.link("approve").isPresent());
      URI approve = waiting.link("approve").orElseThrow();
      assertThat(approve.toString()).startsWith(page.toString());
      assertThat(functions.http("GET", approve, ""))
          .contains(" 200 ", "Approve credit-1", "<form method=\"post\">");
      assertThat(functions.http("POST", URI.create(approve + "x"), "who=ann&reason=ok"))
          .contains(" 403 ");
      assertThat(waiting.run.status().stage()).isEqualTo("waiting-approval");
      assertThat(functions.http("POST", approve, "who=ann&reason=looked+at+it"))
          .contains(" 200 ", "credit-1 was approved by ann.");

      assertThat(waiting.result()).isEqualTo(PipelineOutcome.Result.DEPLOYED);
    }
  }
}
