package io.millrace.activities.deploy.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/**
 * What is asked of the Lambda API for a function that is an image, over a stub that answers as AWS
 * does: the image's digest is the code's.
 */
class FunctionVersionsTest {
  private static final String FIRST = "1".repeat(64);
  private static final String SECOND = "2".repeat(64);
  private static final String REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/models";

  private final List<String> asked = new ArrayList<>();
  private final List<JsonNode> bodies = new ArrayList<>();
  private final List<ObjectNode> versions = new ArrayList<>();
  private @Nullable ObjectNode latest;
  private HttpServer server;
  private LambdaClients clients;

  FunctionVersionsTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    clients =
        LambdaClients.open(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
  }

  @BeforeEach
  void start() {
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    clients.close();
    server.stop(0);
  }

  private static FunctionPlan plan(int version, String digest) {
    return new FunctionPlan(
        "credit",
        new DesiredState.Version(version, "models/credit/versions/" + version + "/", digest, 0),
        new TargetSpec.Lambda(
            "512MB", Duration.ofSeconds(10), "image", 0, null, "off", "iam", null, REPOSITORY),
        "arn:aws:iam::123456789012:role/millrace-credit",
        new FunctionCode.Image(REPOSITORY + "@sha256:" + digest),
        Map.of(FunctionPlan.LOG_URI, "s3://models/team"),
        false);
  }

  @Test
  void ensure_ofAnImage_createsAFunctionWithoutRuntimeAndHandler_andPublishesUnderItsDigest() {
    FunctionVersions.Published published =
        new FunctionVersions(clients.lambda())
            .ensure(plan(1, FIRST), new Deadline("credit", Duration.ofSeconds(20)));

    assertThat(published.number()).isEqualTo("1");
    JsonNode create = body("POST /2015-03-31/functions");
    assertThat(create.path("PackageType").asText()).isEqualTo("Image");
    assertThat(create.path("Code")).hasSize(1);
    assertThat(create.path("Code").path("ImageUri").asText())
        .isEqualTo(REPOSITORY + "@sha256:" + FIRST);
    // AWS refuses both beside an image, which brings its own
    assertThat(create.has("Runtime") || create.has("Handler") || create.has("SnapStart")).isFalse();
    assertThat(create.path("MemorySize").asInt()).isEqualTo(512);
    JsonNode publish = body("POST /2015-03-31/functions/millrace-credit/versions");
    assertThat(publish.path("CodeSha256").asText()).isEqualTo(FIRST);
    assertThat(publish.path("RevisionId").asText()).isNotEmpty();
  }

  @Test
  void ensure_ofTheNextImage_setsItsUriOnce_andNothingWhenItIsThere() {
    FunctionVersions functions = new FunctionVersions(clients.lambda());
    functions.ensure(plan(1, FIRST), new Deadline("credit", Duration.ofSeconds(20)));
    asked.clear();
    bodies.clear();

    functions.ensure(plan(2, SECOND), new Deadline("credit", Duration.ofSeconds(20)));
    String update = "PUT /2015-03-31/functions/millrace-credit/code";
    assertThat(body(update).path("ImageUri").asText()).isEqualTo(REPOSITORY + "@sha256:" + SECOND);
    assertThat(body(update).has("ZipFile") || body(update).has("S3Bucket")).isFalse();
    JsonNode publish = body("POST /2015-03-31/functions/millrace-credit/versions");
    assertThat(publish.path("CodeSha256").asText()).isEqualTo(SECOND);

    // published by hand since: the code is there, and only its description is not
    versions.removeLast();
    asked.clear();
    functions.ensure(plan(2, SECOND), new Deadline("credit", Duration.ofSeconds(20)));
    assertThat(asked).doesNotContain(update).anyMatch(line -> line.endsWith("/versions"));
  }

  private JsonNode body(String line) {
    return bodies.get(asked.indexOf(line));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().replaceAll("/$", "");
    byte[] sent = exchange.getRequestBody().readAllBytes();
    JsonNode body =
        PayloadJson.mapper()
            .readTree(sent.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : sent);
    asked.add(exchange.getRequestMethod() + " " + path);
    bodies.add(body);
    JsonNode reply = reply(exchange.getRequestMethod(), path, body);
    byte[] bytes =
        (reply == null ? "{\"Type\":\"User\",\"Message\":\"not found\"}" : reply.toString())
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    if (reply == null) {
      exchange.getResponseHeaders().set("x-amzn-ErrorType", "ResourceNotFoundException");
    }
    exchange.sendResponseHeaders(reply == null ? 404 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** Null: there is no function yet. */
  private @Nullable JsonNode reply(String method, String path, JsonNode body) {
    ObjectNode now = latest;
    if (method.equals("POST") && path.endsWith("/functions")) {
      now = PayloadJson.mapper().createObjectNode();
      now.put("FunctionName", "millrace-credit").put("State", "Active");
      now.put("LastUpdateStatus", "Successful").put("Version", "$LATEST");
      latest = now;
      return changed(now, body).put("CodeSha256", digest(body.path("Code")));
    }
    if (now == null) {
      return null;
    }
    if (method.equals("PUT")) {
      return path.endsWith("/code")
          ? now.put("CodeSha256", digest(body)).put("RevisionId", "r" + asked.size())
          : changed(now, body);
    }
    if (method.equals("POST")) {
      ObjectNode version = now.deepCopy();
      version.put("Version", String.valueOf(versions.size() + 1));
      version.set("Description", body.path("Description"));
      versions.add(version);
      return version;
    }
    return path.endsWith("/versions")
        ? PayloadJson.mapper()
            .createObjectNode()
            .set("Versions", PayloadJson.mapper().valueToTree(versions))
        : now;
  }

  private ObjectNode changed(ObjectNode function, JsonNode body) {
    for (String name : List.of("Description", "Environment", "PackageType", "MemorySize")) {
      if (body.has(name)) {
        function.set(name, body.path(name));
      }
    }
    return function.put("RevisionId", "r" + asked.size());
  }

  private static String digest(JsonNode code) {
    return code.path("ImageUri").asText().replaceAll(".*@sha256:", "");
  }
}
