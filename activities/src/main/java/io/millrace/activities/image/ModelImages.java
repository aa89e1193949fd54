package io.millrace.activities.image;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.LoadImageCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.TarImage;
import io.millrace.activities.dataset.Sha256;
import io.millrace.inference.model.PackageContents;
import io.millrace.inference.model.PackageInvalid;
import io.millrace.inference.model.SealedManifest;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes images. What an image is made of names it, so a repeat finds its own work and equal inputs
 * give an equal image, on every machine. Thread-safe; one image is made at a time.
 */
public final class ModelImages {
  private static final Logger LOG = LoggerFactory.getLogger(ModelImages.class);

  /** Loading is a copy within one machine. */
  private static final int LOAD_SECONDS = 120;

  private final Path folder;
  private final AppFiles app;
  private final Supplier<DockerClient> docker;
  private final Jibs jibs;
  private final BaseImages bases;

  /**
   * An image that is there.
   *
   * @param reference to run it by: {@code name:tag}, or {@code name@sha256:…} of a registry
   * @param imageId {@code sha256:…} of its settings and layers
   * @param digest {@code sha256:…} of its manifest; null where an engine keeps it
   */
  public record Built(String reference, String imageId, @Nullable String digest) {}

  /** A login at a registry; its password is never printed. */
  public record Login(String user, String password) {
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }

  /**
   * @param scratch bases and layers are kept there; may be emptied at any time
   * @param docker asked only for what needs the engine
   */
  public ModelImages(Path scratch, AppFiles app, Supplier<DockerClient> docker) {
    this.folder = scratch.toAbsolutePath().resolve("images");
    this.app = app;
    this.docker = docker;
    this.jibs = new Jibs(folder.resolve("cache"));
    this.bases = new BaseImages(folder.resolve("base"), docker, jibs);
  }

  /** The first base that the engine has; else the last, which a registry is asked for. */
  public String first(List<String> candidates) {
    return candidates.stream().filter(bases::there).findFirst().orElse(candidates.getLast());
  }

  /** The name in an engine: {@code millrace/<model>:<version>-<what it is made of>}. */
  public String reference(ModelImage image) {
    return "millrace/"
        + repository(image.version().name())
        + ":"
        + image.version().version()
        + "-"
        + content(image).substring(0, 12);
  }

  /**
   * Puts it into the Docker engine, unless it is there.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code ENDPOINT_UNAVAILABLE}; {@code
   *     CONFIG_INVALID} for a base that cannot be had
   */
  public Built toDocker(ModelImage image) {
    String reference = reference(image);
    String there = loaded(reference);
    if (there != null) {
      return new Built(reference, there, null);
    }
    synchronized (this) {
      there = loaded(reference);
      if (there != null) {
        return new Built(reference, there, null);
      }
      Path tar = temporary();
      try {
        make(image, Containerizer.to(TarImage.at(tar).named(reference)));
        try (InputStream in = Files.newInputStream(tar);
            LoadImageCallback loading =
                docker.get().loadImageAsyncCmd(in).exec(new LoadImageCallback())) {
          if (!loading.awaitCompletion(LOAD_SECONDS, TimeUnit.SECONDS)) {
            throw failed(image, "still being loaded after " + LOAD_SECONDS + " s", null);
          }
        }
      } catch (InvalidImageReferenceException | IOException e) {
        throw failed(image, String.valueOf(e.getMessage()), e);
      } catch (InterruptedException e) {
        throw interrupted(image, e);
      } finally {
        delete(tar);
      }
      String id = loaded(reference);
      if (id == null) {
        throw failed(image, "the engine does not have it after loading", null);
      }
      return new Built(reference, id, null);
    }
  }

  /**
   * Makes it where it is pulled from; its reference there.
   *
   * @param registry repository, with the credentials of Docker's configuration; null for the engine
   */
  public String made(ModelImage image, @Nullable String registry) {
    return (registry == null ? toDocker(image) : toRegistry(image, registry, null)).reference();
  }

  /** Writes it as an archive that Docker and containerd load; needs no engine. */
  public synchronized Built toTar(ModelImage image, Path file) {
    try {
      String reference = reference(image);
      return built(
          reference,
          make(image, Containerizer.to(TarImage.at(file.toAbsolutePath()).named(reference))));
    } catch (InvalidImageReferenceException e) {
      throw failed(image, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Pushes it; layers that the registry has are not sent again.
   *
   * @param repository host and path, without tag
   * @param login null takes the one in Docker's configuration
   * @return with a reference by digest
   */
  public synchronized Built toRegistry(ModelImage image, String repository, @Nullable Login login) {
    String tag = image.version().version() + "-" + content(image).substring(0, 12);
    try {
      Containerizer to =
          Containerizer.to(jibs.registry(repository + ":" + tag, login))
              .setAllowInsecureRegistries(Jibs.loopback(repository));
      JibContainer pushed = make(image, to);
      return built(repository + "@" + pushed.getDigest(), pushed);
    } catch (InvalidImageReferenceException e) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          e,
          "registry: " + repository + " (expected: host/path, lower case, without tag)");
    }
  }

  private static Built built(String reference, JibContainer made) {
    return new Built(reference, made.getImageId().toString(), made.getDigest().toString());
  }

  private JibContainer make(ModelImage image, Containerizer to) {
    long begun = System.nanoTime();
    Path sealed = image.function() ? sealed(image) : null;
    try {
      BaseImages.Base base = bases.archive(image.base(), image.healthcheck());
      JibContainer made =
          ImagePlan.of(image, base.tar(), app, content(image), sealed)
              .containerize(jibs.prepared(to));
      LOG.info(
          "image of {} made in {} ms: {}",
          image.version(),
          (System.nanoTime() - begun) / 1_000_000,
          made.getImageId());
      return made;
    } catch (RegistryException | InvalidImageReferenceException e) {
      throw unusable(image, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RegistryException
          ? unusable(image, e)
          : failed(image, String.valueOf(e.getMessage()), e);
    } catch (IOException | CacheDirectoryCreationException e) {
      throw failed(image, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      throw interrupted(image, e);
    } finally {
      if (sealed != null) {
        delete(sealed);
      }
    }
  }

  /** What a function's start reads instead of checking a package that the image's digest covers. */
  private Path sealed(ModelImage image) {
    Path file = temporary();
    try {
      SealedManifest sealed = SealedManifest.of(PackageContents.read(image.packageDir()));
      if (!sealed.digest().equals(image.version().digest())) {
        throw failed(image, "its package has the digest " + sealed.digest(), null);
      }
      return Files.write(file, sealed.write());
    } catch (PackageInvalid | IOException e) {
      delete(file);
      throw failed(image, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Hex sha256 over what a JVM's cache of loaded classes holds for, whatever the model: the base,
   * the class path, and how a function starts.
   */
  public String runtime(ModelImage image) {
    StringBuilder text = runtimeText(image);
    text.append(Sha256.of(app.functionStart())).append('\n');
    return hex(text);
  }

  private StringBuilder runtimeText(ModelImage image) {
    StringBuilder text = new StringBuilder("3\n");
    text.append(bases.id(image.base())).append('\n');
    image
        .jars(app)
        .forEach(jar -> text.append(jar.getFileName()).append(Sha256.of(jar)).append('\n'));
    return text;
  }

  private static String hex(StringBuilder text) {
    return HexFormat.of()
        .formatHex(Sha256.digest().digest(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /** Hex sha256 over everything the image is made of. */
  private String content(ModelImage image) {
    StringBuilder text = runtimeText(image);
    app.natives().forEach(file -> text.append(Sha256.of(file)).append('\n'));
    if (image.logging()) {
      app.files().logging().forEach(jar -> text.append(Sha256.of(jar)).append('\n'));
      text.append(Sha256.of(app.logSettings())).append('\n');
    }
    if (image.function()) {
      text.append(Sha256.of(app.functionStart())).append('\n');
    }
    text.append(image.version()).append(image.version().digest()).append('\n');
    text.append(image.appDir()).append('\n').append(image.modelDir()).append('\n');
    text.append(image.entrypoint()).append(image.arguments()).append('\n');
    text.append(new java.util.TreeMap<>(image.environment())).append('\n');
    text.append(image.user()).append(image.port()).append(image.healthcheck()).append('\n');
    new java.util.TreeMap<>(image.files())
        .forEach((path, file) -> text.append(path).append(Sha256.of(file)).append('\n'));
    return hex(text);
  }

  private static String repository(String model) {
    return model.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
  }

  private @Nullable String loaded(String reference) {
    try {
      return docker.get().inspectImageCmd(reference).exec().getId();
    } catch (NotFoundException e) {
      return null;
    } catch (RuntimeException e) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE,
          e,
          "docker: " + e.getMessage() + " (expected: an engine that answers)");
    }
  }

  private Path temporary() {
    try {
      Files.createDirectories(folder);
      return Files.createTempFile(folder, "image-", ".tmp");
    } catch (IOException e) {
      throw Failures.of(
          FailureType.ENDPOINT_UNAVAILABLE, e, "scratch: " + folder + " (expected: writable)");
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} is left behind: {}", file, e.getMessage());
    }
  }

  private static RuntimeException unusable(ModelImage image, Exception e) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        e,
        "image.base: "
            + image.base()
            + " (expected: an image this machine's Docker has, or a registry gives out, and a"
            + " registry that takes the result): "
            + e.getMessage());
  }

  private static RuntimeException failed(
      ModelImage image, String problem, @Nullable Exception cause) {
    return Failures.of(
        FailureType.ENDPOINT_UNAVAILABLE,
        cause,
        "image of " + image.version() + ": " + problem + " (expected: to be made)");
  }

  private static RuntimeException interrupted(ModelImage image, InterruptedException e) {
    Thread.currentThread().interrupt();
    return failed(image, "interrupted", e);
  }
}
