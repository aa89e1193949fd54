package io.millrace.activities.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.journal.Journal;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.platform.Build;
import io.millrace.activities.platform.Platform;
import io.millrace.activities.scoring.DatasetScorer;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.activities.trials.TrialAttempt;
import io.millrace.activities.trials.TrialRecord;
import io.millrace.activities.trials.Trials;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.profile.Profile;
import io.millrace.inference.profile.ProfileBuilder;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.ref.DatasetRef;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.ref.PackageRef;
import io.millrace.workflows.ref.RunRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The registry in the store. A version's number is claimed by appending to {@code
 * models/<name>/claims/}, its files are laid under {@code models/<name>/versions/<n>/}, and {@code
 * version.json} is created last: until then nobody sees it. A claim whose run never comes back
 * leaves a gap in the numbers.
 */
public final class ObjectRegistry implements RegistryActivities {
  /** Column of the reference profile that holds the model's scores. */
  public static final String PREDICTION = "prediction";

  private final ObjectStore store;
  private final Sequences sequences;
  private final Models models;
  private final Journal journal;
  private final Trials trials;
  private final Packages packages;
  private final PackageScores scores;
  private final Clock clock;

  public ObjectRegistry(ObjectStore store, Path scratch) {
    this(store, scratch, new DatasetScorer(store, scratch)::answers, Clock.systemUTC());
  }

  ObjectRegistry(ObjectStore store, Path scratch, PackageScores scores, Clock clock) {
    this.store = store;
    this.sequences = new Sequences(store);
    this.models = new Models(store);
    this.journal = new Journal(store);
    this.trials = new Trials(store);
    this.packages = new Packages(store, scratch);
    this.scores = scores;
    this.clock = clock;
  }

  /**
   * @param created when the number was taken: the version's time, whatever is repeated after
   */
  record Claim(String run, String digest, Instant created) {}

  @Override
  public ModelRef register(RegisterRequest request) {
    Checks.name("model", request.model());
    Sequences.Entry claimed = claim(request);
    String claimKey = Layout.claims(request.model());
    Claim claim = Layout.parse(claimKey + claimed.seq(), claimed.content(), Claim.class);
    String digest = request.candidate().digest();
    ModelRef version = new ModelRef(request.model(), Math.toIntExact(claimed.seq()), digest);
    if (models.version(version.name(), version.version()).isPresent()) {
      return version;
    }
    Path folder = packages.fetch(request.candidate().prefix(), digest);
    PackageRef laid = packages.publish(folder, version.prefix());
    Provenance provenance = provenance(request, version, claim.created());
    byte[] card = ModelCard.html(provenance).getBytes(StandardCharsets.UTF_8);
    store.create(version.prefix() + Layout.PROVENANCE, Layout.bytes(provenance));
    store.create(version.prefix() + Layout.REFERENCE, reference(request.dataset(), folder));
    store.create(version.prefix() + Layout.CARD, card);
    byte[] link = Layout.bytes(version);
    store.create(
        Layout.datasetLineage(request.dataset().digest()) + "/" + Layout.link(version), link);
    store.create(Layout.runLineage(request.run().runId()) + Layout.link(version), link);
    VersionEntry entry =
        new VersionEntry(
            1,
            version.name(),
            version.version(),
            digest,
            version.prefix(),
            laid.sizeBytes(),
            request.run().runId(),
            claim.created(),
            request.task(),
            request.winner().family(),
            request.dataset(),
            request.gates().metrics());
    store.create(version.prefix() + Layout.VERSION, Layout.bytes(entry));
    return version;
  }

  /** This run's claim for the package, or the resumed run's, or the next number. */
  private Sequences.Entry claim(RegisterRequest request) {
    String prefix = Layout.claims(request.model());
    Sequences.Entry[] mine = new Sequences.Entry[1];
    return sequences
        .append(
            prefix,
            (seq, head) -> {
              for (Sequences.Entry entry : sequences.all(prefix)) {
                Claim claim = Layout.parse(prefix + entry.seq(), entry.content(), Claim.class);
                if (claim.digest().equals(request.candidate().digest())
                    && sameRun(claim.run(), request.run())) {
                  mine[0] = entry;
                  return null;
                }
              }
              return Layout.bytes(
                  new Claim(
                      request.run().runId(),
                      request.candidate().digest(),
                      clock.instant().truncatedTo(ChronoUnit.MILLIS)));
            })
        .orElseGet(() -> mine[0]);
  }

  private static boolean sameRun(String claimed, RunRef run) {
    return claimed.equals(run.runId()) || claimed.equals(run.resumeFrom());
  }

  private Provenance provenance(RegisterRequest request, ModelRef version, Instant created) {
    return new Provenance(
        1,
        version,
        request.task(),
        created,
        request.run(),
        request.trigger(),
        request.dataset(),
        request.spec(),
        request.seed(),
        request.winner(),
        request.selection(),
        request.candidate(),
        training(request),
        request.gates(),
        Build.current(),
        Platform.current());
  }

  /** The journal's entry of the trial that made the package. */
  private Provenance.@Nullable Training training(RegisterRequest request) {
    return journal.entries(request.run().runId()).stream()
        .filter(entry -> entry.activity().startsWith("Train"))
        .filter(entry -> request.candidate().digest().equals(packaged(entry.result())))
        .findFirst()
        .map(this::training)
        .orElse(null);
  }

  /** With what was asked and on what it ran, as the trial's record tells. */
  private Provenance.Training training(Journal.Entry entry) {
    TrialRecord trial = trials.find(entry.runId(), entry.inputDigest()).orElse(null);
    List<Provenance.Attempt> attempts = new ArrayList<>();
    for (TrialAttempt attempt : trial == null ? List.<TrialAttempt>of() : trial.attempts()) {
      TrialAttempt.Origin origin = attempt.origin();
      if (origin != null) {
        attempts.add(
            new Provenance.Attempt(
                attempt.node(),
                attempt.started(),
                origin.step(),
                origin.platform(),
                origin.build()));
      }
    }
    return new Provenance.Training(
        entry.node(),
        entry.started(),
        entry.finished(),
        entry.attempt(),
        trial == null ? null : trial.requests().get(entry.inputDigest()),
        attempts);
  }

  private static @Nullable String packaged(@Nullable JsonNode trial) {
    return trial == null ? null : trial.path("model").path("digest").asText();
  }

  /** What drift is measured against: the training rows, and the scores of rows not trained on. */
  private byte[] reference(DatasetRef dataset, Path folder) {
    ProfileBuilder predictions =
        new ProfileBuilder(List.of(new Profile.Column(PREDICTION, Feature.Kind.NUMBER)));
    for (String split : List.of(DatasetManifest.VALIDATION, DatasetManifest.TEST)) {
      for (double score : scores.of(folder, dataset, split)) {
        predictions.add(0, score);
        predictions.endRow();
      }
    }
    return profile(dataset).only(features(folder)).merge(predictions.build()).toJson();
  }

  /** The columns a request has: the target, which the dataset's profile has too, is not one. */
  private static Set<String> features(Path folder) {
    try {
      ModelManifest manifest =
          ManifestJson.read(Files.readAllBytes(folder.resolve(PackageFiles.MANIFEST)));
      return manifest.features().stream().map(Feature::name).collect(Collectors.toSet());
    } catch (IOException | PackageInvalid e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, e, "package: " + folder + " (expected: a manifest): " + e);
    }
  }

  private Profile profile(DatasetRef dataset) {
    String key = dataset.prefix() + Datasets.PROFILE;
    byte[] json =
        store
            .get(key)
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND, "profile: " + key + " (expected: to be there)"));
    try {
      return Profile.fromJson(json);
    } catch (IllegalArgumentException e) {
      throw Failures.of(
          FailureType.STORE_CORRUPT, e, "profile: " + key + " (expected: a profile's JSON)");
    }
  }

  @Override
  public AliasEntry point(PointRequest request) {
    Checks.present("key", request.key());
    VersionEntry known =
        models
            .version(request.model(), request.version().version())
            .filter(entry -> entry.ref().equals(request.version()))
            .orElseThrow(
                () ->
                    Failures.of(
                        FailureType.NOT_FOUND,
                        "version: " + request.version() + " (expected: a registered version)"));
    String prefix = Layout.alias(request.model(), request.alias());
    AliasEntry[] answer = new AliasEntry[1];
    sequences.append(
        prefix,
        (seq, head) -> {
          List<AliasEntry> history = models.history(request.model(), request.alias());
          for (AliasEntry entry : history) {
            if (entry.key().equals(request.key())) {
              answer[0] = entry;
              return null;
            }
          }
          AliasEntry last = history.isEmpty() ? null : history.getLast();
          if (last != null && last.version().equals(known.ref())) {
            // it points there already: another entry would hide what was before
            answer[0] = last;
            return null;
          }
          Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
          answer[0] =
              new AliasEntry(
                  seq,
                  request.alias(),
                  known.ref(),
                  // a clock that was set back must not make the history unsearchable
                  last != null && last.at().isAfter(now) ? last.at() : now,
                  request.key(),
                  request.reason());
          return Layout.bytes(answer[0]);
        });
    return answer[0];
  }

  @Override
  public AliasState current(AliasQuery query) {
    return models.current(query.model(), query.alias());
  }

  @Override
  public Fallback fallback(FallbackQuery query) {
    AliasEntry current = models.current(query.model(), query.alias()).current();
    VersionEntry version =
        (query.to() == null ? models.before(query.model(), query.alias()) : Optional.of(query.to()))
            .flatMap(number -> models.version(query.model(), number))
            .orElse(null);
    VersionEntry source =
        version != null || current == null
            ? version
            : models.version(query.model(), current.version().version()).orElse(null);
    return new Fallback(
        current, version == null ? null : version.ref(), source == null ? null : source.run());
  }
}
