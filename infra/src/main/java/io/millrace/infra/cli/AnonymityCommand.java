package io.millrace.infra.cli;

import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.privacy.QuasiIdentifiers;
import io.millrace.activities.privacy.QuasiIdentifiers.Anonymity;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description =
        "How well a table hides its people behind columns that others may know: k-anonymity, and"
            + " l-diversity of sensitive columns.")
final class AnonymityCommand extends CliCommand {
  @Parameters(
      paramLabel = "DATA",
      description = "A .csv, .csv.gz, .parquet, .jsonl or .jsonl.gz file.")
  String data = "";

  @Option(
      names = "--columns",
      required = true,
      split = ",",
      paramLabel = "COL",
      description = "Columns that others may know, with commas between.")
  List<String> columns = new ArrayList<>();

  @Option(
      names = "--sensitive",
      split = ",",
      paramLabel = "COL",
      description = "Columns that nobody may learn.")
  List<String> sensitive = new ArrayList<>();

  @Option(names = "--k", defaultValue = "5", description = "The class size that is wanted.")
  long wanted = 5;

  @Override
  public Integer call() {
    TableFile table = TableFile.of("DATA", data);
    List<String> names = table.columns().stream().map(TableFile.ColumnInfo::name).toList();
    check("--columns", columns, names);
    check("--sensitive", sensitive, names);
    try (DuckDb db = DuckDb.open(2, session().config().scratch().resolve("spill"))) {
      Anonymity found = QuasiIdentifiers.measure(db, table.relation(), columns, sensitive, wanted);
      result(found, text(found));
      return ExitCode.OK;
    } catch (SQLException e) {
      throw new CliFailure(
          ExitCode.BAD_INPUT, "DATA: " + data + " cannot be read (expected: a table)", e);
    }
  }

  private static void check(String option, List<String> given, List<String> names) {
    for (String name : given) {
      if (!names.contains(name)) {
        throw CliFailure.bad(
            option + ": " + name + " (expected: some of " + String.join(", ", names) + ")");
      }
    }
  }

  private static String text(Anonymity found) {
    StringBuilder text =
        new StringBuilder(
            ("k = %d: %s rows in %s classes by %s%n  %s rows are alone in their class, %s are in"
                    + " classes of fewer than %d")
                .formatted(
                    found.k(),
                    Bars.count(found.rows()),
                    Bars.count(found.classes()),
                    String.join(", ", found.columns()),
                    Bars.count(found.alone()),
                    Bars.count(found.below()),
                    found.wanted()));
    found
        .without()
        .forEach((name, k) -> text.append("%n  without %-20s k = %d".formatted(name, k)));
    found
        .diversity()
        .forEach(
            d ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "%n  %s: l = %d distinct, %.2f by entropy; the value of %d rows is known"
                            + " with their class",
                        d.column(),
                        d.distinct(),
                        d.entropy(),
                        d.known())));
    return text.toString();
  }
}
