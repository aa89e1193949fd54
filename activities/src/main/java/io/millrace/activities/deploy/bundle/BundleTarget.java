package io.millrace.activities.deploy.bundle;

import io.millrace.activities.bundle.BundleArchive;
import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.deploy.Broken;
import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Target;
import io.millrace.inference.edge.BundleInvalid;
import io.millrace.inference.edge.BundleManifest;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.TargetSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint that is one archive at a path of the worker's machine. Every version of the state has
 * its archive beside it, {@code <path>.v<n>}; the one with the traffic is also at the path itself,
 * which changes as a whole. Nobody answers requests here, so nothing is observed.
 */
public final class BundleTarget implements Target {
  private static final Logger LOG = LoggerFactory.getLogger(BundleTarget.class);
  private final EdgeBundles bundles;

  public BundleTarget(EdgeBundles bundles) {
    this.bundles = bundles;
  }

  @Override
  public String kind() {
    return "bundle";
  }

  @Override
  public Set<Ability> abilities(TargetSpec settings) {
    return EnumSet.noneOf(Ability.class);
  }

  @Override
  public Place place(String endpoint, TargetSpec settings) {
    return new Place(0, path(settings).toUri().toString());
  }

  private static Path path(TargetSpec settings) {
    TargetSpec.Bundle bundle = settings.bundle();
    if (bundle == null || bundle.path().isBlank()) {
      throw Failures.of(
          FailureType.CONFIG_INVALID, "deployment.target.bundle.path: nothing (expected: a file)");
    }
    return Path.of(bundle.path()).toAbsolutePath().normalize();
  }

  private static Path prepared(Path path, int version) {
    return path.resolveSibling(path.getFileName() + ".v" + version);
  }

  @Override
  public Live apply(Endpoint endpoint, Set<Integer> needed) {
    Path path = path(endpoint.spec());
    Set<Integer> wanted = new TreeSet<>(needed);
    Broken broken = new Broken();
    try {
      Files.createDirectories(path.getParent());
      for (DesiredState.Version version : endpoint.versions()) {
        if (version.weight() > 0) {
          wanted.add(version.version());
        }
        if (wanted.contains(version.version())) {
          broken.attempt(version.version(), () -> write(endpoint, path, version));
        }
      }
      broken.refuse(endpoint.name(), wanted);
      for (DesiredState.Version version : endpoint.versions()) {
        if (version.weight() > 0 && !holds(path, version)) {
          Path aside = aside(path);
          Files.copy(prepared(path, version.version()), aside, StandardCopyOption.REPLACE_EXISTING);
          Files.move(aside, path, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      clean(endpoint, path);
    } catch (IOException e) {
      throw new UncheckedIOException("bundle: " + path + " (expected: writable)", e);
    }
    return live(endpoint).orElseGet(() -> new Live(path.toUri().toString(), List.of()));
  }

  /** The version's own archive, where it is not there yet. */
  private void write(Endpoint endpoint, Path path, DesiredState.Version version) {
    Path own = prepared(path, version.version());
    TargetSpec.Bundle settings = endpoint.spec().bundle();
    if (!holds(own, version)) {
      bundles.write(
          new EdgeBundles.Version(version.version(), version.prefix(), version.digest()),
          own,
          settings == null ? null : settings.key(),
          step -> LOG.info("endpoint {}: {}", endpoint.name(), step));
    }
  }

  /** Where a copy grows until it is whole. */
  private static Path aside(Path path) {
    return path.resolveSibling("." + path.getFileName() + ".part");
  }

  /** Archives of versions that are no longer in the state. */
  private static void clean(Endpoint endpoint, Path path) throws IOException {
    String prefix = path.getFileName() + ".v";
    try (DirectoryStream<Path> beside =
        Files.newDirectoryStream(
            path.getParent(), file -> file.getFileName().toString().startsWith(prefix))) {
      for (Path file : beside) {
        String number = file.getFileName().toString().substring(prefix.length());
        boolean ours = number.matches("[1-9]\\d{0,8}");
        if (ours
            && endpoint.versions().stream()
                .noneMatch(version -> version.version() == Integer.parseInt(number))) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** Whether a file is a whole bundle of this version. */
  private static boolean holds(Path file, DesiredState.Version version) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try {
      BundleManifest found = BundleArchive.verify(file, null).manifest();
      return found.version() == version.version() && found.digest().equals(version.digest());
    } catch (BundleInvalid e) {
      return false;
    }
  }

  @Override
  public Optional<Live> live(Endpoint endpoint) {
    Path path = path(endpoint.spec());
    List<Integer> ready = new ArrayList<>();
    for (DesiredState.Version version : endpoint.versions()) {
      if (holds(prepared(path, version.version()), version)) {
        ready.add(version.version());
      }
    }
    return ready.isEmpty()
        ? Optional.empty()
        : Optional.of(new Live(path.toUri().toString(), ready));
  }

  @Override
  public List<Seen> observe(Endpoint endpoint, Instant since) {
    return List.of();
  }

  @Override
  public void remove(Endpoint endpoint) {
    Path path = path(endpoint.spec());
    try {
      for (DesiredState.Version version : endpoint.versions()) {
        Files.deleteIfExists(prepared(path, version.version()));
      }
      Files.deleteIfExists(path);
      // of a worker that died while it copied
      Files.deleteIfExists(aside(path));
    } catch (IOException e) {
      throw new UncheckedIOException("bundle: " + path + " (expected: to be deleted)", e);
    }
  }
}
