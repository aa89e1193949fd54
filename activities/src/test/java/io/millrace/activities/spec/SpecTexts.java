package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.workflows.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Specs as texts, for tests. */
final class SpecTexts {
  static final Path ROOT = Path.of(System.getenv("MILLRACE_ROOT"));

  static final String LEAST =
      """
      model: churn
      data:
        source: {csv: data/churn.csv}
        target: left
      """;

  static Spec parse(String yaml) {
    return SpecParser.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  static List<String> problems(String yaml) {
    SpecProblems thrown = catchThrowableOfType(SpecProblems.class, () -> parse(yaml));
    assertThat(thrown).as(yaml).isNotNull();
    return thrown.problems().stream().map(Problem::toString).toList();
  }

  private SpecTexts() {}
}
