package io.millrace.infra.cli;

import io.millrace.activities.privacy.ErasurePlan;
import io.millrace.activities.privacy.SubjectErasure;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "privacy",
    description = "Erase a person from the store, or report how well a table hides its people.",
    subcommands = {PrivacyCommand.Erase.class, AnonymityCommand.class})
final class PrivacyCommand extends CliCommand {
  @Override
  public Integer call() {
    throw CliFailure.bad("privacy: nothing (expected: erase or report)");
  }

  @Command(
      name = "erase",
      description =
          "Remove the rows of one person: datasets get a new version without them, the prediction"
              + " log and labels are rewritten, models trained on them are marked, the audit log"
              + " tells it. Run again, it finishes what was cut off.")
  static final class Erase extends CliCommand {
    @Option(
        names = "--subject",
        required = true,
        paramLabel = "KEY",
        description = "The person's value in the id column (data.id).")
    String subject = "";

    @Option(
        names = "--key",
        paramLabel = "REF",
        description =
            "secret:env:NAME or secret:file:/path of data.privacy.key, when ids are hashed or"
                + " tokenised.")
    @Nullable String key;

    @Option(names = "--who", description = "Who decides; the user when left out.")
    String who = Who.user();

    @Option(names = "--reason", description = "Why; goes to the audit log.")
    String reason = "erasure requested";

    @Option(names = "--dry-run", description = "Only say what would be changed.")
    boolean dryRun;

    @Override
    public Integer call() {
      SubjectErasure.Erasure erasure =
          new SubjectErasure(
                  session().store(),
                  session().config().scratch(),
                  session().config().secrets(),
                  InstantSource.system())
              .erase(new SubjectErasure.Request(subject, key, who, reason, dryRun), this::progress);
      ErasurePlan plan = erasure.plan();
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("subject", plan.subject());
      object.put("dryRun", dryRun);
      object.put("done", erasure.done());
      object.put("resumed", erasure.resumed());
      object.put("rows", plan.total());
      object.put("datasets", plan.datasets());
      object.put("files", plan.files());
      object.put("models", plan.models());
      object.put("unsearchable", plan.unsearchable());
      result(object, text(erasure));
      return ExitCode.OK;
    }

    private String text(SubjectErasure.Erasure erasure) {
      ErasurePlan plan = erasure.plan();
      StringBuilder text =
          new StringBuilder(
              plan.total() == 0
                  ? "no row of this subject is in the store"
                  : "%s rows of this subject %s"
                      .formatted(
                          Bars.count(plan.total()),
                          dryRun
                              ? "would be erased; nothing was changed"
                              : erasure.resumed()
                                  ? "are erased: an erasure that was cut off is finished"
                                  : "are erased"));
      plan.datasets()
          .forEach(
              d ->
                  text.append(
                      "%n  dataset  %s  %d rows".formatted(d.dataset().prefix(), d.rows())));
      plan.files()
          .forEach(f -> text.append("%n  file     %s  %d rows".formatted(f.key(), f.rows())));
      plan.models().forEach(m -> text.append("%n  model    %s was trained on them".formatted(m)));
      plan.unsearchable()
          .forEach(u -> text.append("%n  no id    %s cannot be searched".formatted(u)));
      return text.toString();
    }
  }
}
