package io.millrace.infra.cli;

import io.millrace.activities.spec.SpecParser;
import io.millrace.infra.cli.TableFile.ColumnInfo;
import io.millrace.workflows.spec.Spec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "init", description = "Look at a table and write a pipeline.yaml for it.")
final class InitCommand extends CliCommand {
  @Parameters(
      paramLabel = "DATA",
      description = "A .csv, .csv.gz, .parquet, .jsonl or .jsonl.gz file.")
  String data = "";

  @Option(
      names = "--target",
      required = true,
      paramLabel = "COL",
      description = "The column to learn.")
  String target = "";

  @Option(names = "--model", paramLabel = "NAME", description = "Its name; the file's otherwise.")
  String model = "";

  @Option(names = "--out", defaultValue = "pipeline.yaml", description = "${DEFAULT-VALUE}.")
  Path out = Path.of("pipeline.yaml");

  @Option(names = "--force", description = "Replace the file.")
  boolean force;

  @Override
  public Integer call() throws IOException {
    TableFile table = TableFile.of("DATA", data);
    List<ColumnInfo> columns = table.columns();
    if (columns.stream().noneMatch(c -> c.name().equals(target))) {
      throw CliFailure.bad(
          "--target: "
              + target
              + " (expected: one of "
              + String.join(", ", columns.stream().map(ColumnInfo::name).toList())
              + ")");
    }
    Path source = Path.of(data).toAbsolutePath().normalize();
    Path file = out.toAbsolutePath().normalize();
    String yaml =
        SpecTemplate.write(
            model.isEmpty() ? name(source) : model,
            table.format(),
            relative(file, source),
            target,
            columns,
            table.rows(),
            table.distinct(target),
            ExpectationLines.items(table.suggested(target), "    "));
    Spec spec = SpecParser.parse(yaml.getBytes(StandardCharsets.UTF_8));
    try {
      Files.writeString(
          file,
          yaml,
          force ? StandardOpenOption.CREATE : StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE,
          StandardOpenOption.TRUNCATE_EXISTING);
    } catch (FileAlreadyExistsException e) {
      throw CliFailure.bad("--out: " + out + " (expected: no such file yet, or --force)");
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("spec", file.toString());
    object.put("model", spec.model());
    object.put("task", spec.task().word());
    result(
        object,
        "%s: model %s, %s. Look through it, then: infra/millrace run %s"
            .formatted(out, spec.model(), spec.task().word(), out));
    return ExitCode.OK;
  }

  /** Relative, so that the folder can be moved; absolute across roots. */
  private static String relative(Path spec, Path source) {
    Path folder = spec.getParent();
    return folder != null && source.startsWith(folder)
        ? folder.relativize(source).toString()
        : source.toString();
  }

  private static String name(Path source) {
    String base = source.getFileName().toString().toLowerCase(Locale.ROOT);
    int dot = base.indexOf('.');
    String stem = (dot > 0 ? base.substring(0, dot) : base).replaceAll("[^a-z0-9]+", "-");
    String trimmed = stem.replaceAll("^-+|-+$", "");
    return trimmed.isEmpty() ? "model" : trimmed.substring(0, Math.min(60, trimmed.length()));
  }
}
