package io.millrace.inference.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.inference.model.PackageContents;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.SealedManifest;
import io.millrace.inference.model.TestPackages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an HTTP server with the runtime API's paths; FunctionMeterIT has AWS' own emulator. */
class FunctionMainTest {
  private static final String ROW =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}";

  @TempDir Path dir;
  private final Queue<byte[]> events = new ArrayDeque<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private boolean chunked;
  private HttpServer platform;

  @BeforeEach
  void start() throws IOException {
    TestPackages.linear(dir);
    platform = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    platform.createContext("/2018-06-01/runtime/", this::answer);
    platform.start();
  }

  @AfterEach
  void stop() {
    platform.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath().substring("/2018-06-01/runtime/".length());
    try (exchange) {
      if (!path.equals("invocation/next")) {
        told.add(
            path
                + " "
                + exchange.getRequestHeaders().getFirst("lambda-runtime-function-error-type")
                + " "
                + new String(body, StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(202, -1);
        return;
      }
      byte[] event = events.poll();
      if (event == null) {
        exchange.sendResponseHeaders(410, -1);
        return;
      }
      exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", "call-" + told.size());
      exchange.sendResponseHeaders(200, chunked ? 0 : event.length);
      exchange.getResponseBody().write(event);
    }
  }

  private void serve(Map<String, String> environment) throws IOException {
    String address = "127.0.0.1:" + platform.getAddress().getPort();
    FunctionMain.serve(address, () -> new InferenceHandler(environment, line -> {}));
  }

  private Map<String, String> environment() {
    return Map.of(FunctionConfig.PACKAGE, dir.toString(), FunctionConfig.VERSION, "7");
  }

  @Test
  void serve_answersCallAfterCall_untilThePlatformIsGone() {
    events.add(ROW.getBytes(StandardCharsets.UTF_8));
    events.add("{\"instances\":[{\"age\":\"é\"}]}".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> serve(environment()))
        .isInstanceOf(IOException.class)
        .hasMessage("next: 410 (expected: 200 and a request id)");

    assertThat(told).hasSize(2);
    assertThat(told.get(0)).startsWith("invocation/call-0/response null {\"id\":\"call-0\"");
    assertThat(told.get(1))
        .startsWith("invocation/call-1/response null {\"status\":400")
        .contains("é", " (expected: a number in 0..120)");
  }

  @Test
  void serve_ofAnEventInChunks_readsAllOfIt() {
    chunked = true;
    events.add((ROW + " ".repeat(100_000)).getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> serve(environment())).isInstanceOf(IOException.class);

    assertThat(told).singleElement().asString().contains("\"version\":7");
  }

  @Test
  void serve_ofASealedPackage_answersAsOfTheOneThatWasSealed() throws IOException {
    events.add(ROW.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> serve(environment())).isInstanceOf(IOException.class);
    SealedManifest sealed = SealedManifest.of(PackageContents.read(dir));
    Path seal = Files.write(dir.resolveSibling(dir.getFileName() + ".sealed"), sealed.write());
    Files.delete(dir.resolve(PackageFiles.MANIFEST));

    Map<String, String> environment = new HashMap<>(environment());
    environment.put(FunctionConfig.SEALED, seal.toString());
    events.add(ROW.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> serve(environment)).isInstanceOf(IOException.class);

    assertThat(told).hasSize(2);
    assertThat(score(told.get(1))).isEqualTo(score(told.get(0)));
    Files.delete(seal);
    assertThatThrownBy(() -> serve(environment))
        .hasMessage("start: MILLRACE_SEALED: " + seal + " cannot be read (expected: a file)");
  }

  private static String score(String answer) {
    return answer.substring(answer.indexOf("\"predictions\":"));
  }

  @Test
  void serve_withoutAPlatform_saysSo() {
    platform.stop(0);

    assertThatThrownBy(() -> serve(environment()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("runtime API: ");
  }

  @Test
  void serve_ofABrokenPackage_tellsThePlatformWhy() {
    Map<String, String> nowhere = Map.of(FunctionConfig.PACKAGE, dir.resolve("none").toString());

    assertThatThrownBy(() -> serve(nowhere)).hasMessageContaining("expected: a folder");

    assertThat(told)
        .singleElement()
        .asString()
        .startsWith("init/error io.millrace.inference.model.PackageInvalid {\"errorMessage\":")
        .contains("expected: a folder", "\"errorType\":\"io.millrace.inference");
  }

  @Test
  void connect_withoutAPort_namesWhatIsExpected() {
    assertThatThrownBy(() -> RuntimeApi.connect("nowhere"))
        .hasMessage("AWS_LAMBDA_RUNTIME_API: nowhere (expected: host:port)");
  }
}
