package io.millrace.infra.cli;

import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.query.AthenaEngine;
import io.millrace.activities.query.AthenaSettings;
import io.millrace.activities.query.DuckDbEngine;
import io.millrace.activities.query.ParquetTables;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.query.QueryEngine.Asked;
import io.millrace.activities.query.StoredTable;
import io.millrace.activities.query.TableProfile;
import io.millrace.activities.query.TableRules;
import io.millrace.activities.query.VersionCounts;
import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.infra.config.AppConfig;
import io.millrace.workflows.port.data.DataActivities.ExpectationOutcome;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    description =
        "Check a spec's expectations over Parquet that is stored, where it lies, by the engine of"
            + " the setting query.engine. Exit code 1 when the table would be refused.")
final class ExpectationsCheck extends CliCommand {
  @Parameters(index = "0", paramLabel = "SPEC", description = "Path, s3:// or http(s)://.")
  String spec = "";

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description = "s3://bucket/prefix/, file:/folder/, or NAME@DIGEST of a DatasetVersion.")
  String data = "";

  @Option(
      names = "--quarantine",
      paramLabel = "ROWS",
      description = "Show at most so many rows that a rule drops, and why: values, of people too.")
  int quarantine;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Write the table's Profile there, as JSON.")
  @Nullable Path profile;

  @Override
  public Integer call() throws IOException {
    Spec parsed = SpecParser.parse(SpecFiles.read(spec));
    AppConfig config = session().config();
    if (data.startsWith("s3://") || data.startsWith("file:")) {
      if (!data.endsWith("/")) {
        throw CliFailure.bad("DATA: " + data + " (expected: to end with /)");
      }
      int end = data.lastIndexOf('/', data.length() - 2);
      // the last folder as a prefix of a store that is rooted above it
      String root =
          data.startsWith("s3://") && end < "s3://".length() ? data : data.substring(0, end);
      String prefix = root.equals(data) ? "" : data.substring(end + 1);
      if (prefix.isEmpty()) {
        throw CliFailure.bad("DATA: " + data + " (expected: a folder of it)");
      }
      try (ObjectStore source = Stores.open(root);
          QueryEngine engine = engine(config, source)) {
        return check(
            parsed,
            engine,
            ParquetTables.under(source, prefix, config.scratch().resolve("query")),
            before(parsed, parsed.model(), null));
      }
    }
    String[] parts = data.split("@", -1);
    if (parts.length != 2 || !parts[1].matches("[0-9a-f]{64}")) {
      throw CliFailure.bad(
          "DATA: " + data + " (expected: s3://bucket/prefix/, file:/folder/ or NAME@DIGEST)");
    }
    ObjectStore store = session().store();
    DatasetRef dataset = new DatasetRef(parts[0], parts[1], 0);
    try (QueryEngine engine = engine(config, store)) {
      return check(
          parsed,
          engine,
          StoredTable.dataset(
              dataset, new Datasets(store, config.scratch()).manifest(dataset), null),
          before(parsed, dataset.name(), dataset.digest()));
    }
  }

  private static QueryEngine engine(AppConfig config, ObjectStore source) {
    AthenaSettings athena = config.query().athena();
    return athena == null
        ? new DuckDbEngine(source, config.scratch().resolve("query"))
        : new AthenaEngine(AthenaEngine.client(null), source, athena);
  }

  /** What rules of history compare with; the store is opened for such a rule alone. */
  private List<VersionCounts> before(Spec parsed, String name, @Nullable String digest) {
    int versions =
        parsed.data().expectations().stream()
            .mapToInt(rule -> rule.history() == null ? 0 : rule.history().versions())
            .max()
            .orElse(0);
    return versions == 0
        ? List.of()
        : VersionCounts.last(session().store(), name, versions, digest);
  }

  private int check(
      Spec parsed, QueryEngine engine, StoredTable table, List<VersionCounts> versions)
      throws IOException {
    // each call looks anew
    Asked asked = new Asked("check " + UUID.randomUUID(), this::progress);
    TableRules rules = new TableRules(engine, table, parsed.data().expectations(), versions, asked);
    TableRules.Checked checked = rules.check(Instant.now());
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", data);
    object.put("rows", checked.rows());
    object.put("kept", checked.kept());
    object.put("expectations", checked.outcomes());
    object.put("refused", checked.refused());
    long scanned = checked.scannedBytes();
    StringBuilder text = new StringBuilder();
    for (ExpectationOutcome outcome : checked.outcomes()) {
      text.append(outcome.sentence()).append(" (").append(outcome.onBreak()).append(")\n");
    }
    if (quarantine > 0) {
      QueryEngine.Answer rows = rules.quarantine(quarantine);
      scanned += rows.scannedBytes();
      object.put("quarantine", rows.rows());
      for (List<@Nullable String> row : rows.rows()) {
        text.append("  ").append(row).append('\n');
      }
    }
    Path file = profile;
    if (file != null) {
      TableProfile.Profiled profiled = TableProfile.of(engine, table, null, asked);
      scanned += profiled.scannedBytes();
      Files.write(file, profiled.profile().toJson());
      object.put("profile", file.toAbsolutePath().normalize().toString());
    }
    object.put("scannedBytes", scanned);
    text.append(
        checked.refused().isEmpty()
            ? "%d rows, %d kept".formatted(checked.rows(), checked.kept())
            : "refused: " + String.join("; ", checked.refused()));
    result(object, text.toString());
    return checked.refused().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }
}
