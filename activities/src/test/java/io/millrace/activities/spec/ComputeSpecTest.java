package io.millrace.activities.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.workflows.spec.Spec;
import io.millrace.workflows.spec.TrainingSpec.BudgetSpec;
import io.millrace.workflows.spec.TrainingSpec.ComputeSpec;
import io.millrace.workflows.spec.TrainingSpec.SpotSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code training.compute} and {@code training.budget}. */
class ComputeSpecTest {
  private static final String LEAST =
      """
      model: churn
      data:
        source: {csv: data/churn.csv}
        target: left
      """;

  private static Spec parse(String training) {
    return SpecParser.parse((LEAST + training + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void parse_ofTheWholeExample_readsWhatIsBought() {
    Spec spec =
        parse(
            """
            training:
              compute:
                kind: ec2
                image: ami-0abc
                nodes: 3
                stalled-after: 20
                spot: {types: [g5.xlarge, g4dn.xlarge], zones: [eu-central-1a, us-west-2-lax-1a], interruptions: 7, on-demand-by: 6h}
              budget: {time: 8h, cost: 25 USD}
            """);

    assertThat(spec.training().compute())
        .isEqualTo(
            new ComputeSpec(
                "ec2",
                3,
                7,
                "ami-0abc",
                null,
                new SpotSpec(
                    List.of("g5.xlarge", "g4dn.xlarge"),
                    List.of("eu-central-1a", "us-west-2-lax-1a"),
                    Duration.ofHours(6),
                    null),
                20));
    assertThat(spec.training().budget()).isEqualTo(new BudgetSpec(Duration.ofHours(8), 25.0));
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofALaptopsSpecWithSpot_isTheSameSpec() {
    Spec spec =
        parse(
            """
            training:
              compute: {kind: local, spot: {types: [g5.xlarge], zones: any}}
            """);

    assertThat(spec.training().compute().spot())
        .isEqualTo(new SpotSpec(List.of("g5.xlarge"), List.of(), null, null));
    assertThat(spec.training().compute().interruptions()).isEqualTo(10);
    assertThat(spec.training().budget().cost()).isNull();
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofGpuMemory_wantsEveryTypeThatHasIt() {
    Spec spec = parse("training: {compute: {kind: ec2, spot: {gpu-memory: 16 GB}}}");

    SpotSpec spot = spec.training().compute().spot();
    assertThat(spot).isEqualTo(new SpotSpec(List.of(), List.of(), null, "16GB"));
    assertThat(spot.wanted()).containsExactly("gpu-memory>=16GB");
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @Test
  void parse_ofAContainersMemory_isInMegabytes() {
    Spec spec = parse("training: {compute: {kind: docker, image: 'trainer:1', memory: 2 GB}}");

    assertThat(spec.training().compute().memory()).isEqualTo("2048MB");
    assertThat(spec.training().compute().megabytes()).isEqualTo(2048);
    assertThat(SpecParser.parse(SpecParser.yaml(spec))).isEqualTo(spec);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "compute: {kind: mainframe}|training.compute.kind: \"mainframe\" (expected: one of local,"
            + " docker, ec2)",
        "compute: {kind: ec2}|training.compute.spot.types: nothing (expected: at least one instance"
            + " type for kind ec2, such as g5.xlarge, or gpu-memory)",
        "compute: {kind: ec2, spot: {types: []}}|training.compute.spot.types: [] (expected: at"
            + " least one instance type for kind ec2, such as g5.xlarge, or gpu-memory)",
        "compute: {spot: {types: [g5]}}|training.compute.spot.types[0]: \"g5\" (expected: an"
            + " instance type such as g5.xlarge)",
        "compute: {spot: {zones: some}}|training.compute.spot.zones: \"some\" (expected: any, or a"
            + " list of zones such as eu-central-1a)",
        "compute: {spot: {zones: [us-east-1]}}|training.compute.spot.zones[0]: \"us-east-1\""
            + " (expected: an availability zone such as eu-central-1a)",
        "compute: {spot: {on-demand-by: 0s}}|training.compute.spot.on-demand-by: \"0s\" (expected:"
            + " a duration above 0s up to 3650d, such as 10m)",
        "compute: {spot: {on-demand-by: -6h}}|training.compute.spot.on-demand-by: \"-6h\""
            + " (expected: a duration such as 30s, 10m, 6h, 3d or PT10M)",
        "compute: {spot: {interruptions: -1}}|training.compute.spot.interruptions: -1 (expected: a"
            + " whole number from 0 to 10000)",
        "compute: {interruptions: 3, spot: {interruptions:"
            + " 4}}|training.compute.spot.interruptions: 4 (expected: the same as"
            + " training.compute.interruptions, or one of the two)",
        "compute: {stalled-after: -1}|training.compute.stalled-after: -1 (expected: a whole number"
            + " from 0 to 1000)",
        "compute: {kind: ec2, spot: {types: [g5.xlarge], gpu-memory:"
            + " 16GB}}|training.compute.spot.gpu-memory: \"16GB\" (expected: types or gpu-memory,"
            + " one of the two)",
        "compute: {kind: ec2, spot: {gpu-memory: much}}|training.compute.spot.gpu-memory: \"much\""
            + " (expected: a size such as 16GB)",
        "compute: {memory: 2GB}|training.compute.memory: \"2048MB\" (expected: kind docker, or no"
            + " memory)",
        "compute: {kind: docker, memory: 64MB}|training.compute.memory: \"64MB\" (expected: at"
            + " least 512MB)",
        "compute: {kind: docker, memory: lots}|training.compute.memory: \"lots\" (expected: a size"
            + " such as 2GB or 512MB)",
        "compute: {image: 'trainer:1'}|training.compute.image: \"trainer:1\" (expected: kind docker"
            + " or ec2, or no image)",
        "compute: {kind: docker, image: '; rm'}|training.compute.image: \"; rm\" (expected: the"
            + " name of an image, such as millrace-trainer:1 or ami-0abc)",
        "budget: {cost: 0 USD}|training.budget.cost: 0.0 (expected: an amount above 0 USD, such as"
            + " 25 USD)",
        "budget: {cost: 0}|training.budget.cost: 0 (expected: an amount above 0 USD, such as 25"
            + " USD)",
        "budget: {cost: -3}|training.budget.cost: -3 (expected: an amount above 0 USD, such as 25"
            + " USD)",
        "budget: {cost: 25 EUR}|training.budget.cost: \"25 EUR\" (expected: an amount above 0 USD,"
            + " such as 25 USD)",
        "budget: {time: 0s}|training.budget.time: \"0s\" (expected: a duration above 0s up to"
            + " 3650d, such as 10m)",
      })
  void parse_ofWhatCannotBe_namesFieldValueAndExpectation(String training, String expected) {
    SpecProblems thrown =
        catchThrowableOfType(SpecProblems.class, () -> parse("training: {" + training + "}"));

    assertThat(thrown.problems()).extracting(Problem::toString).containsExactly(expected);
  }
}
