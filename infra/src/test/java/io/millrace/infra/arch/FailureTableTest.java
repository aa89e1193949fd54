package io.millrace.infra.arch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.failure.FailureType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTableTest {
  @Test
  void readme_listsEveryFailureTypeWithItsKindRetryAndAction() throws IOException {
    String readme = Files.readString(Path.of(System.getenv("MILLRACE_ROOT")).resolve("README.md"));
    String table =
        readme.substring(readme.indexOf("<!-- failures:"), readme.indexOf("<!-- failures end"));
    List<String> rows =
        table.lines().filter(line -> line.startsWith("| `")).map(String::strip).toList();
    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(FailureType.values())
                .map(
                    type ->
                        "| `%s` | %s | %s | %s |"
                            .formatted(type.name(), type.kind(), retried(type), type.action()))
                .toList());
  }

  private static String retried(FailureType type) {
    return switch (type.kind()) {
      case CAPACITY -> "yes, own delay";
      case EXTERNAL -> "yes, backoff";
      case UNKNOWN -> "after reconcile";
      case INPUT, DEFECT -> "no";
    };
  }
}
