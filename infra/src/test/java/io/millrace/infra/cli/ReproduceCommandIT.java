package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.activities.reproduce.RegisteredModel;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trains in a process of its own, as a person asks for it; needs no Temporal server. */
@Timeout(180)
final class ReproduceCommandIT {
  @TempDir Path home;
  private WorkflowServiceStubs nobody;
  private Cli cli;
  private RegisteredModel model;

  @BeforeEach
  void register() throws Exception {
    nobody = WorkflowServiceStubs.newLocalServiceStubs();
    cli = new Cli(home, WorkflowClient.newInstance(nobody));
    model = RegisteredModel.in(cli.store, home.resolve("work"));
  }

  @AfterEach
  void close() {
    nobody.shutdownNow();
  }

  @Test
  void reproduce_ofTheSameBits_isCodeZero_andOfOthersCodeOne() throws Exception {
    List<String> before = cli.store.list("");
    Cli.Answer same = cli.run("reproduce", "--json", "sample@1");

    assertThat(same.code()).as(same.err()).isZero();
    assertThat(same.json().path("same").asBoolean()).isTrue();
    assertThat(same.json().path("again").asText()).isEqualTo(model.version().digest());
    assertThat(same.json().path("request").path("threads").asInt()).isEqualTo(1);
    assertThat(same.err()).contains("training mlp {hidden=[4]}, seed 7, 1 thread, 4,000 rows");
    assertThat(cli.store.list("")).isEqualTo(before);
    try (var left = Files.list(home.resolve("scratch"))) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("reproduce-")))
          .isEmpty();
    }

    ObjectNode provenance = model.provenance();
    ((ObjectNode) provenance.path("training").path("request")).put("seed", 8);
    model.rewrite(provenance);
    Cli.Answer other = cli.run("reproduce", "sample@1");

    assertThat(other.code()).as(other.err()).isEqualTo(ExitCode.FAILED);
    assertThat(other.out())
        .contains("sample@1: NOT the same")
        .contains("differs     weights (model.onnx)")
        .containsPattern("scores      at most \\d\\.\\d+.* apart on 400 validation rows")
        .contains("machine     as recorded");
  }

  @Test
  void reproduce_withoutItsData_isCodeTwoAndNamesWhatIsMissing() {
    String manifest = model.request().dataset().prefix() + "manifest.json";
    cli.store.delete(manifest);

    Cli.Answer answer = cli.run("reproduce", "sample@1");

    assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err()).contains("sample@1: cannot be trained again", manifest);
    assertThat(answer.out()).isEmpty();
  }
}
