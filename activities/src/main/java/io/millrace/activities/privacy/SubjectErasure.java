package io.millrace.activities.privacy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.activities.audit.HashChainAudit;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.registry.Models;
import io.millrace.activities.secret.SecretResolver;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.activities.subject.Subjects;
import io.millrace.activities.watch.HourMarks;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Erases a person (GDPR, article 17): the rows whose id is the key leave the store's datasets by a
 * new version, and the prediction log, mirrored answers and labels; model versions trained on them
 * are marked; the audit log tells it under the subject's pseudonym; and ingest leaves the person's
 * rows out from then on.
 *
 * <p>The plan is written first, as an entry of {@code privacy/erasures/<pseudonym>/}: a repeat
 * finishes a plan that was cut off, and finds nothing to do after that. Rows that servers still
 * hold back are found by a repeat once they are in the log.
 */
public final class SubjectErasure {
  private static final Pattern MANIFEST =
      Pattern.compile("datasets/([^/]+)/([0-9a-f]{64})/" + Pattern.quote(Datasets.MANIFEST));
  private static final List<String> LINES = List.of("predictions/", "shadow/", "labels/");
  private final ObjectStore store;
  private final Path scratch;
  private final SecretResolver secrets;
  private final InstantSource clock;
  private final Models models;

  /**
   * @param scratch of this machine; copies of parts in it are deleted too
   */
  public SubjectErasure(
      ObjectStore store, Path scratch, SecretResolver secrets, InstantSource clock) {
    this.store = store;
    this.scratch = scratch;
    this.secrets = secrets;
    this.clock = clock;
    this.models = new Models(store);
  }

  /**
   * @param subject value of the id column
   * @param key reference to the secret of {@code data.privacy.key}, when ids are hashed or
   *     tokenised; null when they are not
   * @param dryRun only look
   */
  public record Request(
      String subject, @Nullable String key, String who, String reason, boolean dryRun) {}

  /**
   * @param resumed whether an erasure that was cut off was finished
   * @param done false for a dry run, and when there was nothing
   */
  public record Erasure(ErasurePlan plan, boolean resumed, boolean done) {}

  /** An entry of the erasure's sequence. */
  record Step(ErasurePlan plan, boolean done) {}

  /**
   * @param progress is told what is looked at and changed
   * @throws io.temporal.failure.ApplicationFailure {@code REQUEST_INVALID}, {@code
   *     STORE_UNAVAILABLE}, {@code STORE_CORRUPT}
   */
  public Erasure erase(Request request, Consumer<String> progress) {
    if (request.subject().isBlank()) {
      throw Failures.of(
          FailureType.REQUEST_INVALID, "subject: '' (expected: a value of the id column)");
    }
    Subjects subjects = Subjects.of(store);
    String pseudonym = subjects.pseudonym(request.subject());
    String prefix = "privacy/erasures/" + pseudonym + "/";
    Sequences sequences = new Sequences(store);
    SubjectMatch match = new SubjectMatch(request.subject().strip(), request.key(), secrets);
    Path folder = null;
    try {
      folder = Files.createTempDirectory(Files.createDirectories(scratch), "erase-");
      DatasetErasure datasets = new DatasetErasure(store, match, folder);
      LineErasure lines = new LineErasure(store, match);
      Optional<Sequences.Entry> head = sequences.head(prefix);
      boolean resumed = head.map(e -> !step(prefix, e).done()).orElse(false);
      ErasurePlan plan =
          resumed
              ? step(prefix, head.orElseThrow()).plan()
              : look(pseudonym, datasets, lines, progress);
      if (request.dryRun() || plan.nothing()) {
        return new Erasure(plan, resumed, false);
      }
      long opened =
          resumed
              ? head.orElseThrow().seq()
              : sequences
                  .append(prefix, (seq, before) -> json(new Step(plan, false)))
                  .orElseThrow()
                  .seq();
      subjects.erase(pseudonym);
      change(plan, datasets, lines, progress);
      new HashChainAudit(store)
          .record(
              new AuditRecord(
                  "erase:" + pseudonym + ":" + opened,
                  "",
                  "erase",
                  Checks.present("who", request.who()),
                  request.reason(),
                  facts(plan)));
      sequences.append(
          prefix,
          (seq, before) ->
              before != null && step(prefix, before).done() ? null : json(new Step(plan, true)));
      return new Erasure(plan, resumed, true);
    } catch (SQLException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, "erasure: a part cannot be read (expected: Parquet)");
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_UNAVAILABLE, e, "scratch: " + scratch + " (expected: writable): " + e);
    } finally {
      if (folder != null) {
        remove(folder);
      }
    }
  }

  private ErasurePlan look(
      String pseudonym, DatasetErasure datasets, LineErasure lines, Consumer<String> progress)
      throws SQLException {
    List<ErasurePlan.Version> versions = new ArrayList<>();
    List<String> unsearchable = new ArrayList<>();
    TreeSet<ModelRef> trained =
        new TreeSet<>(Comparator.comparing(ModelRef::name).thenComparing(ModelRef::version));
    for (String key : store.list("datasets/")) {
      Matcher manifest = MANIFEST.matcher(key);
      if (!manifest.matches()) {
        continue;
      }
      progress.accept("looking at " + key);
      DatasetRef dataset = datasets.reference(manifest.group(1), manifest.group(2));
      if (DatasetErasure.id(datasets.manifest(dataset)).isEmpty()) {
        unsearchable.add(dataset.prefix());
        continue;
      }
      long rows = datasets.rows(dataset);
      if (rows > 0) {
        versions.add(new ErasurePlan.Version(dataset, rows));
        trained.addAll(models.trainedOn(dataset.digest()));
      }
    }
    List<ErasurePlan.File> files = new ArrayList<>();
    for (String log : LINES) {
      for (String key : store.list(log)) {
        long rows = key.endsWith(LineErasure.LINES) ? lines.rows(key) : 0;
        if (rows > 0) {
          files.add(new ErasurePlan.File(key, rows));
        }
      }
    }
    return new ErasurePlan(
        1,
        pseudonym,
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        versions,
        files,
        List.copyOf(trained),
        unsearchable);
  }

  private void change(
      ErasurePlan plan, DatasetErasure datasets, LineErasure lines, Consumer<String> progress)
      throws SQLException, IOException {
    for (ErasurePlan.Version version : plan.datasets()) {
      progress.accept("erasing from " + version.dataset().prefix());
      datasets.replace(version.dataset());
    }
    for (ModelRef model : plan.models()) {
      progress.accept("marking " + model);
      models.markErased(model, plan.subject(), plan.opened());
    }
    for (ErasurePlan.Version version : plan.datasets()) {
      datasets.delete(version.dataset());
      Path copy = scratch.resolve(version.dataset().prefix());
      if (Files.exists(copy)) {
        remove(copy);
      }
    }
    for (ErasurePlan.File file : plan.files()) {
      progress.accept("erasing from " + file.key());
      lines.erase(file.key());
    }
    HourMarks.erased(
        store,
        plan.files().stream().map(ErasurePlan.File::key).toList(),
        plan.subject() + "-" + plan.opened().toEpochMilli());
  }

  private static Map<String, String> facts(ErasurePlan plan) {
    return Map.of(
        "subject", plan.subject(),
        "datasets", Integer.toString(plan.datasets().size()),
        "files", Integer.toString(plan.files().size()),
        "rows", Long.toString(plan.total()),
        "models",
            String.join(
                " ", plan.models().stream().map(m -> m.name() + "@" + m.version()).toList()));
  }

  private static Step step(String prefix, Sequences.Entry entry) {
    try {
      return PayloadJson.mapper().readValue(entry.content(), Step.class);
    } catch (IOException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, e, prefix + entry.seq() + " (expected: an erasure's step)");
    }
  }

  private static byte[] json(Step step) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(step);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("steps are JSON", e);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " (expected: to be deleted)", e);
    }
  }
}
