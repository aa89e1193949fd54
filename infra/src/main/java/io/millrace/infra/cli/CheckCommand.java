package io.millrace.infra.cli;

import io.millrace.activities.spec.Problem;
import io.millrace.activities.spec.SpecFiles;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.spec.SpecProblems;
import io.millrace.workflows.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "check", description = "Read a spec and name everything that is wrong with it.")
final class CheckCommand extends CliCommand {
  @Parameters(paramLabel = "SPEC", description = "Path, s3:// or http(s):// of pipeline.yaml.")
  String location = "";

  @Option(names = "--print", description = "Print the spec with every default filled in.")
  boolean print;

  @Override
  public Integer call() {
    byte[] yaml = SpecFiles.read(location);
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("spec", location);
    try {
      Spec spec = SpecParser.parse(yaml);
      object.put("ok", true);
      object.put("model", spec.model());
      String complete = new String(SpecParser.yaml(spec), StandardCharsets.UTF_8);
      if (print) {
        object.put("complete", spec);
      }
      String summary =
          "%s: fine. Model %s, %s, %d candidates, %d gates"
              .formatted(
                  location,
                  spec.model(),
                  spec.task().word(),
                  spec.training().candidates().size(),
                  spec.gates().size());
      result(object, print ? complete : summary);
      return ExitCode.OK;
    } catch (SpecProblems e) {
      List<Problem> problems = e.problems();
      object.put("ok", false);
      object.put("problems", problems);
      StringBuilder text = new StringBuilder();
      for (Problem problem : problems) {
        String place = problem.line() > 0 ? location + ":" + problem.line() : location;
        text.append(place).append(": ").append(problem).append('\n');
      }
      text.append(problems.size()).append(problems.size() == 1 ? " problem" : " problems");
      result(object, text.toString());
      return ExitCode.BAD_INPUT;
    }
  }
}
