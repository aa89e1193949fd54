package io.millrace.activities.deploy.lambda;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Container;
import io.millrace.activities.gate.TargetMeter;
import io.millrace.activities.image.ModelImage;
import io.millrace.activities.image.ModelImages;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import io.temporal.failure.ApplicationFailure;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a function starts and answers: what an archive or image of it holds, on the runtime's image,
 * in new containers of this machine's Docker with the function's memory. Times are of this
 * machine's processors, with the emulator and the loopback network in them; what AWS adds when it
 * fetches code is not. Thread-safe.
 */
public final class FunctionMeter implements TargetMeter {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionMeter.class);

  /** The first only warms the disk's cache; of the others p99 is the slowest. */
  private static final int STARTS = 20;

  /** The JIT compiler of the runtime's settings has seen the path by then. */
  private static final int WARM_UP = 300;

  /** 20 calls lie above p99. */
  private static final int CALLS = 2000;

  private static final String LABEL = "io.millrace.meter";
  private static final String REMEDY = "; start Docker on the worker's machine, or say on: here";

  private final ModelImages images;
  private final FunctionCache cache;
  private final Supplier<String> base;
  private final Supplier<DockerClient> docker;

  /**
   * @param cache of classes, which images have and archives do not
   * @param base image with the Java 25 runtime of Lambda
   * @param docker asked when something is measured
   */
  public FunctionMeter(
      ModelImages images,
      FunctionCache cache,
      Supplier<String> base,
      Supplier<DockerClient> docker) {
    this.images = images;
    this.cache = cache;
    this.base = base;
    this.docker = docker;
  }

  @Override
  public boolean measures(TargetSpec target) {
    return target.lambda() != null;
  }

  @Override
  public Measured measure(
      ModelRef model, Path packageDir, TargetSpec target, List<byte[]> bodies, Runnable beat)
      throws TargetUnmeasured {
    TargetSpec.Lambda settings = Objects.requireNonNull(target.lambda(), "lambda");
    // not the deployed version's image, whose containers may run: this one is removed
    ModelImage plain =
        ModelImage.function(base.get(), model, packageDir, FunctionPlan.HANDLER)
            .withEnvironment(Map.of("MILLRACE_ENDPOINT", model.name() + "-meter"));
    try {
      ModelImage image = settings.form().equals("image") ? cache.with(plain) : plain;
      String reference = images.toDocker(image).reference();
      beat.run();
      Map<String, String> labels = Map.of(LABEL, model.name() + "-" + model.digest());
      sweep(labels);
      try (HttpClient http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(Duration.ofSeconds(5))
              .build()) {
        return measure(reference, http, settings, labels, bodies, beat);
      } finally {
        removeImage(reference);
      }
    } catch (ApplicationFailure e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e; // the worker ends: that says nothing of the model, another one measures it
      }
      throw new TargetUnmeasured(e.getOriginalMessage() + REMEDY, e);
    } catch (DockerException e) {
      throw new TargetUnmeasured("docker: " + e.getMessage() + REMEDY, e);
    }
  }

  private Measured measure(
      String image,
      HttpClient http,
      TargetSpec.Lambda settings,
      Map<String, String> labels,
      List<byte[]> bodies,
      Runnable beat)
      throws TargetUnmeasured {
    List<Double> cold = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    Double megabytes = null;
    for (int start = 0; start <= STARTS; start++) {
      try (EmulatedFunction function =
          EmulatedFunction.start(docker.get(), http, image, settings, labels)) {
        double first = function.call(bodies.get(start % bodies.size()));
        if (start > 0) {
          cold.add(first);
        }
        for (int i = 0; start == STARTS && i < WARM_UP + CALLS; i++) {
          double millis = function.call(bodies.get(i % bodies.size()));
          if (i >= WARM_UP) {
            warm.add(millis);
          }
          beat.run();
        }
        megabytes = most(megabytes, function.megabytes());
      }
      beat.run();
    }
    return new Measured(
        cold,
        warm,
        megabytes,
        "the function of "
            + settings.memory()
            + " in its runtime's image, in Docker on this machine,");
  }

  private static @Nullable Double most(@Nullable Double one, @Nullable Double other) {
    return one == null ? other : other == null ? one : (Double) Math.max(one, other);
  }

  /** What an earlier try left behind when its worker ended. */
  private void sweep(Map<String, String> labels) {
    for (Container container :
        docker.get().listContainersCmd().withShowAll(true).withLabelFilter(labels).exec()) {
      EmulatedFunction.remove(docker.get(), container.getId());
    }
  }

  private void removeImage(String reference) {
    try {
      docker.get().removeImageCmd(reference).exec();
    } catch (DockerException e) {
      LOG.info("{} is left behind: {}", reference, e.getMessage());
    }
  }
}
