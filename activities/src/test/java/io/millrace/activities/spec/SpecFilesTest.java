package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpServer;
import io.millrace.activities.store.FileStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.spec.SpecActivities.ResolvedSpec;
import io.millrace.workflows.port.spec.SpecActivities.SpecRequest;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpecFilesTest {
  private static final RunRef RUN = new RunRef("churn-1", "churn", null);
  @TempDir Path folder;
  private FileStore store;
  private SpecFiles specs;

  @BeforeEach
  void open() {
    store = new FileStore(folder.resolve("store"));
    specs = new SpecFiles(store);
  }

  @Test
  void resolve_ofAFile_keepsTheCompletedSpecForTheRun() throws IOException {
    Path file = Files.writeString(folder.resolve("pipeline.yaml"), SpecTexts.LEAST);

    ResolvedSpec resolved = specs.resolve(new SpecRequest(RUN, null, file.toString()));
    ResolvedSpec again = specs.resolve(new SpecRequest(RUN, null, "file:" + file));

    assertThat(again).isEqualTo(resolved);
    assertThat(resolved.digest()).isEqualTo(PayloadJson.digest(resolved.spec()));
    byte[] kept = store.get(SpecFiles.key("churn-1")).orElseThrow();
    assertThat(PayloadJson.mapper().treeToValue(new YAMLMapper().readTree(kept), Spec.class))
        .isEqualTo(resolved.spec());
  }

  @Test
  void resolve_ofLabelsBesideTheSpec_keepsWhereTheyLie() throws IOException {
    String watch = "watch: {labels: {from: %s}}\n";
    Path file =
        Files.writeString(
            folder.resolve("pipeline.yaml"), SpecTexts.LEAST + watch.formatted("in/labels/"));
    Path far =
        Files.writeString(
            folder.resolve("far.yaml"), SpecTexts.LEAST + watch.formatted("s3://b/labels/"));

    assertThat(from(specs.resolve(new SpecRequest(RUN, null, file.toString()))))
        .isEqualTo(folder.resolve("in/labels").toString());
    assertThat(from(specs.resolve(new SpecRequest(RUN, null, "file:" + file))))
        .isEqualTo(folder.resolve("in/labels").toString());
    assertThat(from(specs.resolve(new SpecRequest(null, null, far.toString()))))
        .isEqualTo("s3://b/labels/");
  }

  private static String from(ResolvedSpec resolved) {
    return String.valueOf(Objects.requireNonNull(resolved.spec().watch().labels()).from());
  }

  @Test
  void resolve_ofAnObject_isTheSameAsOfTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("pipeline.yaml"), SpecTexts.LEAST);
    Map<String, Object> fields =
        Map.of(
            "model",
            "churn",
            "data",
            Map.of("source", Map.of("csv", "data/churn.csv"), "target", "left"));

    assertThat(specs.resolve(new SpecRequest(null, fields, null)))
        .isEqualTo(specs.resolve(new SpecRequest(null, null, file.toString())));
  }

  @Test
  void resolve_ofABrokenSpec_isConfigInvalidWithEveryProblemAndWritesNothing() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), "model: ../x\ntsk: binary\n");

    assertThatThrownBy(() -> specs.resolve(new SpecRequest(RUN, null, file.toString())))
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            e -> {
              assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID);
              assertThat(e.getOriginalMessage().lines())
                  .hasSize(3)
                  .anyMatch(l -> l.startsWith("model: \"../x\" (expected: lower-case"))
                  .anyMatch(l -> l.contains("did you mean task?"))
                  .anyMatch(l -> l.startsWith("data: nothing (expected: "));
            });
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void resolve_ofAMissingFile_saysWhatWasExpected() {
    assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, "/nowhere/p.yaml")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID))
        .hasMessageContaining("location: /nowhere/p.yaml (expected: a file)");
    assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, "ftp://host/p.yaml")))
        .hasMessageContaining("(expected: a path, file:, s3:// or http(s):// address)");
  }

  @Test
  void resolve_overHttp_tellsMissingFromUnavailable() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
          byte[] body = SpecTexts.LEAST.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    String base = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    try {
      assertThat(specs.resolve(new SpecRequest(null, null, base + "200")).spec().model())
          .isEqualTo("churn");
      assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, base + "404")))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
      assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, base + "503")))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SOURCE_UNAVAILABLE));
    } finally {
      server.stop(0);
    }
    assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, base + "200")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.SOURCE_UNAVAILABLE));
  }

  @Test
  void resolve_ofBothOrNone_isRefused() {
    assertThatThrownBy(() -> specs.resolve(new SpecRequest(null, null, null)))
        .hasMessageContaining("(expected: exactly one of location and spec)");
  }
}
