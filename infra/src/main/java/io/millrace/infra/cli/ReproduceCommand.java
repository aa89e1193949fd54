package io.millrace.infra.cli;

import io.millrace.activities.reproduce.Comparison;
import io.millrace.activities.reproduce.Reproduction;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.port.train.TrainActivities.TrialResult;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "reproduce",
    description =
        "Train a version again from its provenance and compare: code 0 when every bit is the same.")
final class ReproduceCommand extends CliCommand {
  private static final Pattern VERSION = Pattern.compile("(.+)@([1-9]\\d{0,8})");

  @Parameters(paramLabel = "NAME@N", description = "Such as car-loan@2.")
  String version = "";

  @Override
  public Integer call() throws InterruptedException {
    Matcher named = VERSION.matcher(version);
    if (!named.matches()) {
      throw CliFailure.bad("NAME@N: " + version + " (expected: a version such as car-loan@2)");
    }
    Reproduction reproduction = new Reproduction(session().store(), session().config().scratch());
    Reproduction.Recipe recipe =
        reproduction.recipe(Checks.name("NAME", named.group(1)), Integer.parseInt(named.group(2)));
    TrialRequest request = recipe.request();
    progress("training " + words(request));
    Instant begun = Instant.now();
    TrialTicker ticker = new TrialTicker(console());
    try (Retraining retraining = new Retraining(session().config(), version)) {
      TrialResult result = retraining.train(session().store(), request, ticker::show);
      Duration took = Duration.between(begun, Instant.now());
      Comparison comparison = retraining.compare(reproduction, recipe, result);
      result(json(recipe, comparison, took), text(recipe, comparison, took));
      return comparison.same() ? ExitCode.OK : ExitCode.FAILED;
    }
  }

  private static String words(TrialRequest request) {
    return "%s %s, seed %d, %d thread%s, %s rows of %s"
        .formatted(
            request.candidate().family(),
            new TreeMap<>(request.candidate().parameters()),
            request.seed(),
            request.threads(),
            request.threads() == 1 ? "" : "s",
            Bars.count(request.dataset().rows()),
            request.dataset().name());
  }

  private static Map<String, Object> json(
      Reproduction.Recipe recipe, Comparison comparison, Duration took) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("version", recipe.version().ref().toString());
    object.put("same", comparison.same());
    object.put("registered", recipe.version().digest());
    object.put("again", comparison.again());
    object.put("differences", comparison.differences());
    object.put("apart", comparison.apart());
    object.put("rows", comparison.rows());
    object.put("elsewhere", comparison.elsewhere());
    object.put("request", recipe.request());
    object.put("seconds", took.toMillis() / 1000.0);
    return object;
  }

  private static String text(Reproduction.Recipe recipe, Comparison comparison, Duration took) {
    StringBuilder text = new StringBuilder();
    text.append(recipe.version().ref());
    text.append(comparison.same() ? ": the same, bit for bit" : ": NOT the same");
    text.append("\n  digest      ").append(recipe.version().digest(), 0, 16);
    if (!comparison.same()) {
      text.append(" registered, ").append(comparison.again(), 0, 16).append(" trained here");
    }
    text.append("\n  trained     ").append(words(recipe.request()));
    text.append(", in ").append(Bars.time(took));
    if (!comparison.same()) {
      list(text, "differs", comparison.differences());
      text.append("\n  scores      ");
      if (comparison.apart() == null) {
        text.append("cannot be compared: the two do not answer alike");
      } else {
        text.append(
            "at most %.3g apart on %s validation rows"
                .formatted(comparison.apart(), Bars.count(comparison.rows())));
      }
    }
    if (!comparison.elsewhere().isEmpty()) {
      list(text, "trained on", comparison.elsewhere());
    } else if (!comparison.same()) {
      text.append(
          recipe.training().attempts().isEmpty()
              ? "\n  machine     not recorded: other threads, engines or CPU flags change the bits"
              : "\n  machine     as recorded: this family or engine does not repeat itself here");
    }
    return text.toString();
  }

  private static void list(StringBuilder text, String name, List<Comparison.Difference> found) {
    String label = name;
    for (Comparison.Difference each : found) {
      text.append("\n  %-11s %s: ".formatted(label, each.what()));
      text.append(each.registered()).append(", here ").append(each.here());
      label = "";
    }
  }
}
