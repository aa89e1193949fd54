package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Store;
import io.millrace.infra.it.LocalMachine.Answer;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The credit example with nothing but {@code deployment.target} changed, from one place to the next
 * while it serves: on this machine, in containers, as a function and on ECS the same rows get the
 * same scores, and each place writes its prediction log to the one store.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class CreditTargetsIT {
  private static final String MODEL = "credit-default";
  private static final String LOCAL = "{local: {port: 0}}";

  private static LocalStack aws;
  private static MiniStack ecs;
  private static BridgeDoor toAws;

  @TempDir Path home;
  private LocalMachine machine;
  private final HttpClient http = HttpClient.newHttpClient();
  private String last = LOCAL;

  @BeforeAll
  static void start() throws IOException {
    aws = LocalStack.startWithLambda();
    toAws = new BridgeDoor(aws.endpoint().getPort());
    ecs = new MiniStack();
  }

  @AfterAll
  static void stop() throws IOException {
    ecs.close();
    toAws.close();
    aws.close();
  }

  @BeforeEach
  void up() {
    S3Client s3 = aws.s3();
    s3.createBucket(r -> r.bucket("credit"));
    // one address that this machine's processes and all containers reach
    String endpoint = "http://" + toAws.address();
    machine =
        new LocalMachine(
            home,
            Map.ofEntries(
                Map.entry("MILLRACE_STORE_URI", "s3://credit/team"),
                Map.entry("AWS_ENDPOINT_URL", endpoint),
                // MiniStack names itself to its tasks by the other one
                Map.entry("AWS_ENDPOINT_URL_S3", endpoint),
                Map.entry("AWS_ENDPOINT_URL_ECS", ecs.endpoint()),
                Map.entry("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", ecs.endpoint()),
                Map.entry("AWS_ENDPOINT_URL_EC2", ecs.endpoint()),
                Map.entry("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", ecs.endpoint()),
                Map.entry("AWS_ACCESS_KEY_ID", "test"),
                Map.entry("AWS_SECRET_ACCESS_KEY", "test"),
                Map.entry("AWS_REGION", "us-east-1"),
                // where a task's role would be
                Map.entry(
                    "MILLRACE_REMOTE_SERVER_ENVIRONMENT",
                    "AWS_ACCESS_KEY_ID=test,AWS_SECRET_ACCESS_KEY=test")),
            () -> new S3Store(aws.s3(), "credit", "team"));
    machine.up();
  }

  /** Back to this machine, which ends with its processes. */
  @AfterEach
  void down() throws IOException {
    try {
      if (!last.equals(LOCAL)) {
        run(LOCAL);
      }
    } finally {
      machine.close();
    }
  }

  @Test
  void credit_fromOneSpec_answersTheSameWhereverItIsDeployed() throws Exception {
    List<Double> local = deployed(LOCAL);
    assertThat(local).hasSize(3).allMatch(score -> score > 0 && score < 1);
    for (String target :
        List.of(
            "{docker: {memory: 512MB}}",
            "{lambda: {memory: 1024MB, timeout: 20s, snap-start: off}}",
            "{ecs: {memory: 512MB, cpus: 0.25}}")) {
      List<Double> scores = deployed(target);
      System.out.println(target + ": " + scores + ", local: " + local);
      assertThat(scores).as(target).hasSameSizeAs(local);
      for (int i = 0; i < local.size(); i++) {
        assertThat(scores.get(i)).as(target).isCloseTo(local.get(i), within(1e-6));
      }
    }
  }

  private List<Double> deployed(String target) throws Exception {
    run(target);
    try (ObjectStore store = machine.store()) {
      int parts = store.list("predictions/" + MODEL).size();
      List<Double> scores = ask();
      LocalMachine.await(
          "the prediction log of " + target,
          Duration.ofMinutes(1),
          () -> {
            // a function writes at the end of a later call
            assertThat(asked()).isEqualTo(scores);
            return store.list("predictions/" + MODEL).size() > parts;
          });
      return scores;
    }
  }

  private void run(String target) throws IOException {
    Path example = LocalMachine.root().resolve("infra/examples/credit");
    String spec = Files.readString(example.resolve("pipeline.yaml"));
    assertThat(spec).contains("target: " + LOCAL, "csv: data/", "bake: 10s", "ceiling: 20ms");
    Path file = home.resolve("pipeline.yaml");
    Files.writeString(
        file,
        spec.replace("target: " + LOCAL, "target: " + target)
            .replace("csv: data/", "csv: " + example + "/data/")
            .replace("bake: 10s", "bake: 1s")
            // how fast a function is on a busy machine is not asked here
            .replace("ceiling: 20ms", "ceiling: 5s"));
    last = target;
    Answer run = machine.cli(Duration.ofMinutes(6), "run", file.toString(), "--json");
    assertThat(run.exit()).as(target + "\n" + run.out() + "\n" + run.err()).isZero();
  }

  private List<Double> asked() {
    try {
      return ask();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<Double> ask() throws IOException, InterruptedException {
    URI url;
    try (ObjectStore store = machine.store()) {
      url = URI.create(new Endpoints(store).find(MODEL).orElseThrow().url());
    }
    HttpRequest.Builder request = HttpRequest.newBuilder();
    if (url.getHost().contains(".lambda-url.")) {
      // names that only the emulator knows
      request.uri(aws.endpoint().resolve("/invocations")).header("Host", url.getAuthority());
    } else if (url.getHost().startsWith("mr-")) {
      String balancer = url.getHost().substring(0, "mr-12345678".length());
      request.uri(URI.create(ecs.url(balancer) + "/invocations"));
    } else {
      request.uri(URI.create(url + "/invocations"));
    }
    HttpResponse<String> answer =
        http.send(
            request
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofFile(
                        LocalMachine.root().resolve("infra/examples/credit/rows.json")))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(url + ": " + answer.body()).isEqualTo(200);
    List<Double> scores = new ArrayList<>();
    JsonNode tree = PayloadJson.mapper().readTree(answer.body());
    tree.path("predictions").forEach(one -> scores.add(one.path("score").asDouble()));
    return scores;
  }
}
