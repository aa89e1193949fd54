package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.workflows.Samples;
import io.millrace.workflows.TestBed;
import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.pipeline.ModelPipeline;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinksCommandTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private final TestBed bed = new TestBed();
  @TempDir Path home;

  @AfterEach
  void close() {
    bed.close();
  }

  private Cli cli(String key) throws IOException {
    Path file = Files.writeString(home.resolve("links.key"), key);
    Files.writeString(
        home.resolve("millrace.properties"),
        "approval.url=https://approve.example.com/\napproval.key=secret:file:" + file + "\n");
    return new Cli(home, bed.client());
  }

  private ModelPipeline waiting() {
    bed.specs.spec(Samples.withApproval(2, Duration.ofHours(30)));
    ModelPipeline run = bed.started(Samples.numbered(1));
    bed.untilStage(run, "waiting-approval");
    return run;
  }

  private static ApprovalLink read(JsonNode link) {
    Map<String, String> query = new HashMap<>();
    for (String part : URI.create(link.asText()).getRawQuery().split("&")) {
      String[] pair = part.split("=", 2);
      query.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    return ApprovalLink.verified(query, KEY.getBytes(StandardCharsets.UTF_8), Instant.now());
  }

  @Test
  void links_ofAWaitingRun_areThatPersonsAndEndWithTheApproval() throws IOException {
    ModelPipeline run = waiting();

    JsonNode day = cli(KEY).run("links", "credit-1", "--who", "ann", "--json").json();
    JsonNode year =
        cli(KEY).run("links", "credit-1", "--who", "ann", "--hours", "8760", "--json").json();

    ApprovalLink approve = read(day.path("approve"));
    assertThat(approve.who()).isEqualTo("ann");
    assertThat(approve.accept()).isTrue();
    assertThat(approve.workflowId()).isEqualTo("ModelPipeline:credit:1");
    assertThat(read(day.path("decline")).accept()).isFalse();
    assertThat(read(year.path("approve")).expires())
        .isEqualTo(
            run.status().approval().expires().truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
  }

  @Test
  void links_thatCannotBeMade_sayWhy() throws IOException {
    waiting();

    Cli.Answer shortKey = cli("too short").run("links", "credit-1", "--who", "ann");
    Cli.Answer hours = cli(KEY).run("links", "credit-1", "--who", "ann", "--hours", "0");
    Files.delete(home.resolve("millrace.properties"));
    Cli.Answer unset = new Cli(home, bed.client()).run("links", "credit-1", "--who", "ann");

    assertThat(shortKey.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(shortKey.err()).contains("approval.key: 9 bytes (expected: at least 32)");
    assertThat(hours.err()).contains("--hours: 0 (expected: 1 to 8760)");
    assertThat(unset.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(unset.err()).contains("approval.url: nothing (expected: the page of links");
  }
}
