package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.deploy.Deployments;
import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.lambda.LambdaSettings;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.infra.it.FunctionUrl.Reply;
import io.millrace.workflows.port.deploy.DeployActivities.PrepareRequest;
import io.millrace.workflows.port.deploy.DeployActivities.ShiftRequest;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.cloudwatch.model.Datapoint;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;

/** What was made cheap in LocalStack's invokes is still what they are on AWS. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class LambdaEmulatorIT {
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  /** So many that a call of the slow version takes longer than the end of a container. */
  private static final String ROWS =
      "{\"instances\":["
          + String.join(
              ",", Collections.nCopies(8, "{\"age\":50,\"income\":1500,\"city\":\"berlin\"}"))
          + "]}";

  private static final int EACH = 20;
  private static final int CALLERS = 3;

  private static LambdaEmulator emulator;

  @TempDir Path home;

  @BeforeAll
  static void start() {
    emulator = new LambdaEmulator();
  }

  @AfterAll
  static void stop() {
    emulator.close();
  }

  @Test
  void invoke_throughEitherDoor_isAnsweredAlikeAndLoggedAndCountedOnce() throws Exception {
    String url = deploy("books", 0);
    FunctionUrl gateway = new FunctionUrl(emulator.aws().endpoint(), url);
    FunctionUrl door = new FunctionUrl(emulator.aws().functionUrls(), url);
    List<String> asked = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      Map<String, String> same = Map.of("x-request-id", "r-" + i);
      Reply one = gateway.send("POST", "/invocations", ROW, same);
      Reply other = door.send("POST", "/invocations", ROW, same);
      assertThat(one.status()).isEqualTo(200);
      assertThat(other.status()).isEqualTo(200);
      assertThat(other.body()).isEqualTo(one.body());
      asked.add(one.headers().get("x-amzn-requestid"));
      asked.add(other.headers().get("x-amzn-requestid"));
    }
    assertThat(door.post("/nowhere", ROW).status()).isEqualTo(404);
    LocalMachine.await(
        "the log of each call", Duration.ofSeconds(20), () -> reported("books").containsAll(asked));
    List<String> reported = reported("books");
    assertThat(reported).doesNotHaveDuplicates();
    // with those that looked whether the version is ready
    LocalMachine.await(
        "a count of each call",
        Duration.ofSeconds(20),
        () -> counted("books") >= reported("books").size());
    assertThat(counted("books")).isEqualTo(reported("books").size());
  }

  @Test
  void instance_thatIsEndedWhileItAnswers_finishesFirst() throws Exception {
    String url = deploy("ended", 3_000);
    FunctionUrl door = new FunctionUrl(emulator.aws().functionUrls(), url);
    Queue<Integer> statuses = new ConcurrentLinkedQueue<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      callers.add(Thread.ofVirtual().start(() -> askWhileThere(door, statuses)));
    }
    LocalMachine.await("answers", Duration.ofSeconds(60), () -> statuses.size() >= CALLERS);
    emulator.clients().lambda().deleteFunction(r -> r.functionName("millrace-ended"));
    for (Thread caller : callers) {
      assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
    }
    // the last ones came when the function was going or gone: refused, not failed
    assertThat(statuses).contains(200).allMatch(status -> status == 200 || status / 100 == 4);
  }

  private static void askWhileThere(FunctionUrl url, Queue<Integer> statuses) {
    int status = 200;
    while (status == 200) {
      try {
        status = url.post("/invocations", ROWS).status();
      } catch (IOException e) {
        status = 0;
      }
      statuses.add(status);
    }
  }

  private String deploy(String endpoint, int layers) throws Exception {
    ObjectStore store = emulator.store(emulator.bucket());
    Path scratch = home.resolve("scratch");
    LambdaTarget target =
        new LambdaTarget(
            store,
            scratch,
            new Secrets(Map.of()),
            LambdaSettings.defaults(),
            (of, version, registry) -> "none",
            emulator::clients);
    Path dir = Files.createDirectory(home.resolve("package"));
    TestPackages.linear(dir, 0, 120, layers);
    ModelRef model = new ModelRef("credit", 1, PackageFiles.digest(dir));
    new Packages(store, scratch).publish(dir, model.prefix());
    TargetSpec spec =
        new TargetSpec(
            null,
            new TargetSpec.Lambda(
                "1024MB", Duration.ofSeconds(20), "zip", 0, null, "off", "iam", null, null),
            null,
            null,
            null,
            null);
    Deployments deployments = new Deployments(store, List.of(target));
    deployments.prepare(new PrepareRequest(endpoint, model, spec, "first"));
    deployments.shift(new ShiftRequest(endpoint, Map.of(1, 1.0), "all", "test"));
    return new Endpoints(store).find(endpoint).orElseThrow().url();
  }

  /** Ids of the calls whose end was logged. */
  private static List<String> reported(String endpoint) {
    return emulator
        .clients()
        .logs()
        .filterLogEvents(r -> r.logGroupName("/aws/lambda/" + "millrace-" + endpoint).limit(10_000))
        .events()
        .stream()
        .map(FilteredLogEvent::message)
        .filter(line -> line.startsWith("REPORT RequestId: "))
        .map(line -> line.split("\\s+")[2])
        .toList();
  }

  private static int counted(String endpoint) {
    Instant now = Instant.now();
    return (int)
        emulator
            .clients()
            .cloudWatch()
            .getMetricStatistics(
                r ->
                    r.namespace("AWS/Lambda")
                        .metricName("Invocations")
                        .dimensions(
                            Dimension.builder()
                                .name("FunctionName")
                                .value("millrace-" + endpoint)
                                .build())
                        .startTime(now.minusSeconds(600))
                        .endTime(now.plusSeconds(60))
                        .period(60)
                        .statistics(Statistic.SUM))
            .datapoints()
            .stream()
            .mapToDouble(Datapoint::sum)
            .sum();
  }
}
