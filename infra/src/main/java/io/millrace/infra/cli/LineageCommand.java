package io.millrace.infra.cli;

import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.Models.Lineage;
import io.millrace.activities.registry.Provenance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "lineage", description = "Print what a version came from, or what came of data.")
final class LineageCommand extends CliCommand {
  @Parameters(
      paramLabel = "REF",
      description = "car-loan, car-loan@2, a run such as car-loan-3, or a dataset's digest.")
  String reference = "";

  @Override
  public Integer call() {
    Models models = new Models(session().store());
    List<Map<String, Object>> rows = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Lineage found : models.lineage(reference)) {
      Provenance provenance =
          models.provenance(found.version().name(), found.version().version()).orElse(null);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("lineage", found);
      row.put("provenance", provenance);
      rows.add(row);
      text.append(found.version()).append(found.aliases().isEmpty() ? "" : " " + found.aliases());
      text.append("\n  run      ").append(found.run()).append(", ").append(found.created());
      text.append(
          "\n  dataset  %s %s, %s rows"
              .formatted(
                  found.datasetName(),
                  found.datasetDigest().substring(0, 12),
                  Bars.count(found.datasetRows())));
      if (provenance != null) {
        text.append("\n  spec     ").append(provenance.spec(), 0, 12);
        text.append(", seed ").append(provenance.seed());
        text.append("\n  trigger  ").append(provenance.trigger().cause());
        text.append(": ").append(provenance.trigger().detail());
        text.append("\n  chosen   ").append(provenance.selection());
      }
      text.append('\n');
    }
    result(Map.of("reference", reference, "versions", rows), text.toString().stripTrailing());
    return ExitCode.OK;
  }
}
