package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.workflows.spec.DeploymentSpec;
import io.millrace.workflows.spec.DeploymentSpec.ScaleSpec;
import io.millrace.workflows.spec.DeploymentSpec.ShadowSpec;
import io.millrace.workflows.spec.TargetSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetSpecTest {
  private static DeploymentSpec parse(String yaml) {
    return SpecTexts.parse(SpecTexts.LEAST + yaml).deployment();
  }

  private static List<String> problems(String yaml) {
    return SpecTexts.problems(SpecTexts.LEAST + yaml);
  }

  @Test
  void lambda_ofNothing_hasEveryDefault() {
    assertThat(parse("deployment: {target: {lambda: {}}}\n").target())
        .isEqualTo(
            new TargetSpec(
                null,
                new TargetSpec.Lambda(
                    "1024MB",
                    Duration.ofSeconds(10),
                    "zip",
                    0,
                    null,
                    "measured",
                    "iam",
                    null,
                    null),
                null,
                null,
                null,
                null));
  }

  @Test
  void lambda_asAnImage_hasItsRegistry() {
    assertThat(
            parse("deployment: {target: {lambda: {form: image, registry: host/models}}}\n")
                .target()
                .lambda())
        .extracting(TargetSpec.Lambda::form, TargetSpec.Lambda::registry)
        .containsExactly("image", "host/models");
  }

  @Test
  void gate_ofAStart_needsATargetThatStarts() {
    String gate = "gates: [{latency: cold-p99, ceiling: 900ms%s}]\n";
    assertThat(parse(gate.formatted("") + "deployment: {target: {lambda: {}}}\n").target().kind())
        .isEqualTo("lambda");
    assertThat(problems(gate.formatted("") + "deployment: {target: {docker: {}}}\n"))
        .anyMatch(
            problem ->
                problem.contains("gates[0].latency")
                    && problem.contains("a start is measured on: target with target lambda only"));
    assertThat(problems(gate.formatted(", on: here") + "deployment: {target: {lambda: {}}}\n"))
        .anyMatch(problem -> problem.contains("gates[0].latency"));
    assertThat(problems("gates: {latency: cold-p99}\n"))
        .anyMatch(problem -> problem.startsWith("gates:"));
  }

  @Test
  void docker_withScaleAndShadowWritten_isRead() {
    DeploymentSpec read =
        parse(
            """
            deployment:
              target: {docker: {memory: 1GB, cpus: 0.5, port: 8080}}
              scale: {min: 2, per-instance: 200 rps}
            """);
    assertThat(read.target().kind()).isEqualTo("docker");
    assertThat(read.target().docker())
        .isEqualTo(new TargetSpec.Docker(8080, "127.0.0.1", "1024MB", 0.5));
    assertThat(read.scale()).isEqualTo(new ScaleSpec(2, 2, 200.0));
    assertThat(read.rollout().shadow()).isNull();
  }

  @Test
  void shadow_ofNothing_isATenthForTenMinutes() {
    assertThat(parse("deployment: {rollout: {shadow: {}}}\n").rollout().shadow())
        .isEqualTo(new ShadowSpec(0.1, Duration.ofMinutes(10)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "deployment: {target: {lambda: {memory: 64MB}}}|deployment.target.lambda.memory: \"64MB\""
            + " (expected: 128MB to 10240MB)",
        "deployment: {target: {lambda: {provisioned: 3, reserved: 2}}}"
            + "|deployment.target.lambda.provisioned: 3 (expected: at most reserved, which is 2)",
        "deployment: {target: {lambda: {}}, scale: {min: 2}}|deployment.scale:"
            + " {\"min\":2,\"max\":2} (expected: none: target lambda scales by itself, see"
            + " provisioned and reserved)",
        "deployment: {target: {ecs: {}}, rollout: {shadow: {}}}|deployment.rollout.shadow:"
            + " {\"share\":0.1,\"bake\":\"PT10M\"} (expected: none: target ecs cannot mirror"
            + " traffic)",
        "deployment: {target: {docker: {}}, rollout: {shadow: {}}}|deployment.rollout.shadow:"
            + " {\"share\":0.1,\"bake\":\"PT10M\"} (expected: none: target docker cannot mirror"
            + " traffic)",
        "deployment: {target: {docker: {}}, scale: {min: 3, max: 2}}|deployment.scale.max: 2"
            + " (expected: at least min, which is 3)",
        "deployment: {target: {bundle: {}}, rollout: {steps: [100%]}}"
            + "|deployment.target.bundle.path: nothing (expected: a path)",
        "deployment: {target: {ecs: {cpus: 3}}}|deployment.target.ecs.cpus: 3"
            + " (expected: one of 0.25, 0.5, 1, 2, 4, 8, 16 with launch fargate)",
        "deployment: {target: {ecs: {cpus: 2, memory: 1GB}}}|deployment.target.ecs.memory:"
            + " \"1024MB\" (expected: 4096MB to 16384MB in steps of 1024MB with 2 processors)",
        "deployment: {target: {ecs: {listener: x}}}|deployment.target.ecs.hostname: nothing"
            + " (expected: a host beside listener: others use that too)",
        "deployment: {target: {kubernetes: {}}, rollout: {shadow: {}}}|deployment.rollout.shadow:"
            + " {\"share\":0.1,\"bake\":\"PT10M\"} (expected: none: target kubernetes mirrors"
            + " traffic only with a gateway)",
        "deployment: {target: {docker: {cpus: 0}}}|deployment.target.docker.cpus: 0"
            + " (expected: a number from 0.1 to 256)",
      })
  void target_thatCannotBe_isNamed(String yaml, String expected) {
    assertThat(problems(yaml + "\n")).contains(expected);
  }
}
