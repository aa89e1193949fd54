package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MarketCommandTest {
  @TempDir Path home;
  private WorkflowServiceStubs nobody;
  private Cli cli;

  @BeforeEach
  void open() {
    nobody = WorkflowServiceStubs.newLocalServiceStubs();
    cli = new Cli(home, WorkflowClient.newInstance(nobody));
  }

  @AfterEach
  void close() {
    nobody.shutdownNow();
  }

  @Test
  void market_withNumbersThatCannotBe_isBadInputAndStartsNothing() {
    Cli.Answer answer = cli.run("market", "--port", "70000", "--within", "0");
    assertThat(answer.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(answer.err())
        .contains("--port, --notice, --within: 70000, 120, 0 (expected: 0 to 65535, ≥ 1, ≥ 1)");
    assertThat(home.resolve("market")).doesNotExist();
  }
}
