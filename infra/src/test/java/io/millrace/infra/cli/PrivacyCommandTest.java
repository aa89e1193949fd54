package io.millrace.infra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.TestBed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrivacyCommandTest {
  @TempDir Path folder;
  private TestBed bed;
  private Cli cli;

  @BeforeEach
  void open() {
    bed = new TestBed();
    cli = new Cli(folder.resolve("home"), bed.client());
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void report_printsOneObject() throws IOException {
    Path table =
        Files.writeString(
            folder.resolve("t.csv"), "zip,age,ill\n1,30,a\n1,30,b\n2,40,a\n2,40,a\n3,50,c\n");

    Cli.Answer answer =
        cli.run(
            "privacy",
            "report",
            table.toString(),
            "--columns",
            "zip,age",
            "--sensitive",
            "ill",
            "--k",
            "2",
            "--json");

    assertThat(answer.code()).as(answer.err()).isZero();
    assertThat(answer.json().path("k").asInt()).isEqualTo(1);
    assertThat(answer.json().path("below").asInt()).isEqualTo(1);
    assertThat(answer.json().path("diversity").path(0).path("known").asInt()).isEqualTo(3);
    assertThat(cli.run("privacy", "report", table.toString(), "--columns", "zip,name").err())
        .contains("--columns: name (expected: some of zip, age, ill)");
  }

  @Test
  void erase_looksFirstThenActsOnce() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(
          "{\"at\":\"2026-01-01T00:00:00Z\",\"id\":\"c-7\",\"label\":\"1\"}\n"
              .getBytes(StandardCharsets.UTF_8));
    }
    cli.store.create("labels/credit/dt=2026-01-01/x.jsonl.gz", bytes.toByteArray());

    Cli.Answer dry = cli.run("privacy", "erase", "--subject", "c-7", "--dry-run", "--json");
    assertThat(dry.code()).as(dry.err()).isZero();
    assertThat(dry.json().path("rows").asInt()).isEqualTo(1);
    assertThat(dry.json().path("done").asBoolean()).isFalse();

    Cli.Answer done = cli.run("privacy", "erase", "--subject", "c-7", "--json");
    assertThat(done.json().path("done").asBoolean()).isTrue();
    assertThat(done.err()).contains("erasing from labels/credit/");
    assertThat(done.out()).doesNotContain("c-7");
    assertThat(cli.run("audit", "list").out()).contains("erase").doesNotContain("c-7");
    assertThat(cli.run("privacy", "erase", "--subject", "c-7").out())
        .contains("no row of this subject is in the store");
    assertThat(cli.run("privacy").code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(cli.run("privacy", "erase", "--subject", " ").code()).isEqualTo(ExitCode.BAD_INPUT);
  }
}
