package io.millrace.infra.cli;

import io.millrace.activities.registry.Models;
import io.millrace.activities.registry.VersionEntry;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.ref.Checks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "models", description = "List models, or the versions of one.")
final class ModelsCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", arity = "0..1", description = "The model.")
  @Nullable String model;

  @Override
  public Integer call() {
    Models models = new Models(session().store());
    if (model == null) {
      all(models);
    } else {
      one(models, Checks.name("NAME", model));
    }
    return ExitCode.OK;
  }

  private void all(Models models) {
    List<Map<String, Object>> rows = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (String name : models.names()) {
      int versions = models.versions(name).size();
      AliasEntry champion = models.current(name, "champion").current();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("model", name);
      row.put("versions", versions);
      row.put("champion", champion == null ? null : champion.version().version());
      rows.add(row);
      text.append(
          "%-30s %3d version%s, champion %s%n"
              .formatted(
                  name,
                  versions,
                  versions == 1 ? "" : "s",
                  champion == null ? "none" : champion.version()));
    }
    result(Map.of("models", rows), rows.isEmpty() ? "no models" : text.toString().stripTrailing());
  }

  private void one(Models models, String name) {
    List<VersionEntry> versions = models.versions(name);
    if (versions.isEmpty()) {
      throw CliFailure.bad("NAME: " + name + " (expected: a model with a version)");
    }
    AliasEntry champion = models.current(name, "champion").current();
    StringBuilder text = new StringBuilder();
    Map<String, Integer> erased = new LinkedHashMap<>();
    for (VersionEntry version : versions) {
      int people = models.erased(name, version.version());
      if (people > 0) {
        erased.put(Integer.toString(version.version()), people);
      }
      boolean serves = champion != null && champion.version().version() == version.version();
      text.append(
          "%s@%d  %s  %-8s run %s  digest %s%s%s%n"
              .formatted(
                  name,
                  version.version(),
                  version.created(),
                  version.family(),
                  version.run(),
                  version.digest().substring(0, 12),
                  serves ? "  champion" : "",
                  people > 0 ? "  trained on rows erased since: " + people + " people" : ""));
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("model", name);
    object.put("champion", champion == null ? null : champion.version().version());
    object.put("versions", versions);
    object.put("erased", erased);
    result(object, text.toString().stripTrailing());
  }
}
