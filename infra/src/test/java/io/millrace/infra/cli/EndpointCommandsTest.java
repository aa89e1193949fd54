package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that talk to an endpoint, against a server that writes down what it is sent. */
final class EndpointCommandsTest {
  @TempDir Path folder;
  private final List<String> received = new ArrayList<>();
  private int status = 200;
  private HttpServer server;
  private WorkflowServiceStubs nobody;
  private Cli cli;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    nobody =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:1").build());
    cli = new Cli(folder.resolve("home"), WorkflowClient.newInstance(nobody));
    Endpoint endpoint =
        new Endpoint(
            1,
            "shop",
            "local",
            server.getAddress().getPort(),
            List.of(),
            "k",
            "r",
            Instant.EPOCH,
            null,
            null,
            null);
    cli.store.create(
        "endpoints/shop/state/0000000001.json", PayloadJson.mapper().writeValueAsBytes(endpoint));
  }

  @AfterEach
  void close() {
    server.stop(0);
    nobody.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(path + (body.isEmpty() ? "" : "\n" + body));
    String answer =
        path.startsWith("/v2/models/")
            ? "{\"name\":\"shop\",\"inputs\":[{\"name\":\"age\"},{\"name\":\"city\"}]}"
            : status == 200
                ? "{\"predictions\":[{\"prediction\":\"1\",\"score\":0.9}]}"
                : "{\"error\":\"age: \\\"x\\\" (expected: a number)\"}";
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(path.startsWith("/invocations") ? status : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Test
  void predict_ofOneObject_sendsOneInstance() throws IOException {
    Path rows = Files.writeString(folder.resolve("row.json"), "{\"age\": 3, \"city\": \"x\"}");

    Cli.Answer answer = cli.run("predict", "shop", "--input", rows.toString());

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.out()).contains("\"score\":0.9");
    assertThat(received)
        .containsExactly("/invocations\n{\"instances\":[{\"age\":3,\"city\":\"x\"}]}");
  }

  @Test
  void predict_ofARowTheModelRefuses_isCodeTwoWithTheServersWords() throws IOException {
    status = 400;
    Path rows = Files.writeString(folder.resolve("row.csv"), "age,city\nx,y\n");

    Cli.Answer answer = cli.run("predict", "shop", "--input", rows.toString());

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("age: \"x\" (expected: a number)");
  }

  @Test
  void replay_sendsTheFeaturesInOrderAndFlushesEachWindow() throws IOException {
    StringBuilder csv = new StringBuilder("id,city,when,age\n");
    for (int i = 0; i < 7; i++) {
      csv.append(i).append(i == 2 ? ",\"a,b\"," : ",x,").append("2020,").append(i == 3 ? "" : i);
      csv.append('\n');
    }
    Path table = Files.writeString(folder.resolve("t.csv"), csv);

    Cli.Answer answer =
        cli.run(
            "replay",
            "shop",
            "--input",
            table.toString(),
            "--id",
            "id",
            "--batch",
            "3",
            "--rows-per-window",
            "4",
            "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("rows").asInt()).isEqualTo(7);
    assertThat(received)
        .containsExactly(
            "/v2/models/shop",
            "/invocations\n__id,age,city\n0,0,x\n1,1,x\n2,2,\"a,b\"\n",
            "/invocations\n__id,age,city\n3,,x\n",
            "/admin/flush",
            "/invocations\n__id,age,city\n4,4,x\n5,5,x\n6,6,x\n",
            "/admin/flush");
  }

  @Test
  void replay_ofAMissingColumn_isCodeTwo() throws IOException {
    Path table = Files.writeString(folder.resolve("t.csv"), "id,age\n1,2\n");

    Cli.Answer answer = cli.run("replay", "shop", "--input", table.toString(), "--id", "id");

    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("city").doesNotContain("\tat ");
  }

  @Test
  void predict_ofNothingDeployed_isCodeTwo() throws IOException {
    Path rows = Files.writeString(folder.resolve("row.json"), "{}");

    assertThat(cli.run("predict", "none", "--input", rows.toString()).code())
        .isEqualTo(ExitCode.BAD_INPUT);
  }
}
