package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.LocalStack;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Output;
import software.amazon.awssdk.services.cloudformation.model.Parameter;
import software.amazon.awssdk.services.cloudformation.model.Stack;
import software.amazon.awssdk.services.cloudformation.model.StackEvent;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.EventBridgeConfiguration;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * {@code infra/aws/functions.yaml} on LocalStack: the packages that the build made, run as Lambda
 * functions in containers.
 */
final class FunctionStack implements AutoCloseable {
  private static final String NAME = "fn";
  final S3Client s3;
  final LambdaClient lambda;
  private final LocalStack stack;
  private final CloudFormationClient formation;
  private final Map<String, String> outputs = new TreeMap<>();

  FunctionStack(LocalStack stack) {
    this.stack = stack;
    s3 = stack.s3();
    lambda = stack.client(LambdaClient.builder());
    formation = stack.client(CloudFormationClient.builder());
  }

  /** A bucket that tells EventBridge of its objects. */
  void bucket(String name) {
    s3.createBucket(create -> create.bucket(name));
    s3.putBucketNotificationConfiguration(
        put ->
            put.bucket(name)
                .notificationConfiguration(
                    c -> c.eventBridgeConfiguration(EventBridgeConfiguration.builder().build())));
  }

  void deploy(Map<String, String> parameters) throws IOException {
    s3.createBucket(create -> create.bucket("code"));
    for (String kind : List.of("runs", "data")) {
      s3.putObject(
          put -> put.bucket("code").key("millrace-events-" + kind + "-lambda.zip"),
          RequestBody.fromFile(zip(kind)));
    }
    Map<String, String> all = new TreeMap<>(parameters);
    all.put("CodeBucket", "code");
    String template = Files.readString(LocalMachine.root().resolve("infra/aws/functions.yaml"));
    formation.validateTemplate(validate -> validate.templateBody(template));
    formation.createStack(
        create ->
            create
                .stackName(NAME)
                .templateBody(template)
                .capabilitiesWithStrings("CAPABILITY_IAM")
                .parameters(
                    all.entrySet().stream()
                        .map(
                            e ->
                                Parameter.builder()
                                    .parameterKey(e.getKey())
                                    .parameterValue(e.getValue())
                                    .build())
                        .toList()));
    LocalMachine.await(
        "the stack",
        Duration.ofMinutes(4),
        () -> !now().stackStatusAsString().endsWith("PROGRESS"));
    assertThat(now().stackStatusAsString())
        .as(
            () ->
                formation.describeStackEvents(d -> d.stackName(NAME)).stackEvents().stream()
                    .filter(e -> String.valueOf(e.resourceStatusAsString()).contains("FAILED"))
                    .map(StackEvent::toString)
                    .toList()
                    .toString())
        .isEqualTo("CREATE_COMPLETE");
    for (Output output : now().outputs()) {
      outputs.put(output.outputKey(), output.outputValue());
    }
  }

  private Stack now() {
    return formation.describeStacks(d -> d.stackName(NAME)).stacks().getFirst();
  }

  private static Path zip(String kind) throws IOException {
    Path target = LocalMachine.root().resolve("functions/events/target");
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-" + kind + "-lambda.zip"))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      target + ": no *-" + kind + "-lambda.zip (expected: mvn package made it)"));
    }
  }

  String output(String name) {
    String value = outputs.get(name);
    assertThat(value).as(name + " of " + outputs.keySet()).isNotNull();
    return value;
  }

  /** Calls a function and waits for its answer. */
  JsonNode invoke(String function, String event) throws IOException {
    InvokeResponse response =
        lambda.invoke(i -> i.functionName(function).payload(SdkBytes.fromUtf8String(event)));
    String payload = response.payload().asUtf8String();
    assertThat(response.functionError()).as(payload).isNull();
    return PayloadJson.mapper().readTree(payload);
  }

  void put(String bucket, String key, String text) {
    s3.putObject(put -> put.bucket(bucket).key(key), RequestBody.fromString(text));
  }

  List<String> keys(String bucket, String prefix) {
    return s3.listObjectsV2(list -> list.bucket(bucket).prefix(prefix)).contents().stream()
        .map(S3Object::key)
        .toList();
  }

  String text(String bucket, String key) {
    return s3.getObjectAsBytes(get -> get.bucket(bucket).key(key)).asUtf8String();
  }

  /**
   * Calls a function's URL, whose name only this LocalStack knows. The JDK's clients do not let one
   * say the host, so this writes the request itself.
   *
   * @return status line, headers and body
   */
  String http(String method, URI url, String body) throws IOException {
    URI endpoint = stack.endpoint();
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String request =
        method
            + " "
            + (url.getRawPath().isEmpty() ? "/" : url.getRawPath())
            + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery())
            + " HTTP/1.1\r\nHost: "
            + url.getRawAuthority()
            + "\r\nConnection: close\r\nAccept: text/html\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Removes the functions, and with them their containers. */
  @Override
  public void close() {
    formation.deleteStack(delete -> delete.stackName(NAME));
    LocalMachine.await(
        "the stack's end",
        Duration.ofMinutes(1),
        () -> lambda.listFunctions().functions().isEmpty());
    formation.close();
    lambda.close();
    s3.close();
  }
}
