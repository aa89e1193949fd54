package io.millrace.infra.cli;

import io.millrace.activities.data.SuggestedExpectations.Suggested;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "expectations",
    description = "Suggest rules for tables to come, or check stored ones.",
    subcommands = {ExpectationsCommand.Suggest.class, ExpectationsCheck.class})
final class ExpectationsCommand extends CliCommand {
  @Override
  public Integer call() {
    throw CliFailure.bad("expectations: nothing (expected: suggest or check)");
  }

  @Command(
      name = "suggest",
      description =
          "Types, ranges with a margin, missing and allowed values, uniqueness and rows of a table,"
              + " as YAML to read, change and put under data: of a pipeline.yaml.")
  static final class Suggest extends CliCommand {
    @Parameters(
        paramLabel = "DATA",
        description = "A .csv, .csv.gz, .parquet, .jsonl or .jsonl.gz file.")
    String data = "";

    @Option(names = "--target", paramLabel = "COL", description = "The column to learn.")
    @Nullable String target;

    @Option(names = "--output", paramLabel = "FILE", description = "Printed when left out.")
    @Nullable Path output;

    @Override
    public Integer call() throws IOException {
      TableFile table = TableFile.of("DATA", data);
      List<String> names = table.columns().stream().map(TableFile.ColumnInfo::name).toList();
      if (target != null && !names.contains(target)) {
        throw CliFailure.bad(
            "--target: " + target + " (expected: one of " + String.join(", ", names) + ")");
      }
      Suggested suggested = table.suggested(target);
      String yaml = ExpectationLines.whole(suggested, String.valueOf(Path.of(data).getFileName()));
      if (output != null) {
        Files.writeString(output, yaml, StandardCharsets.UTF_8);
      }
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("rows", suggested.rows());
      object.put("columns", suggested.types());
      object.put("expectations", suggested.expectations());
      if (output != null) {
        object.put("output", output.toAbsolutePath().normalize().toString());
      }
      result(
          object,
          output == null
              ? yaml.stripTrailing()
              : "%s: %d expectations. Read them before they are used"
                  .formatted(output, suggested.expectations().size()));
      return ExitCode.OK;
    }
  }
}
