package io.millrace.activities.deploy.lambda;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.image.ModelImage;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.ModelRef;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Images of functions, made here of the packages in the store: what an archive has, on AWS's own
 * Java image. Equal inputs give an equal image. Thread-safe.
 */
public final class FunctionImages implements VersionImages {
  private final Packages packages;
  private final ModelImages images;
  private final FunctionCache cache;
  private final Supplier<String> base;

  /**
   * @param cache of classes, which goes into every image
   * @param base image with the Java 25 runtime of Lambda, such as {@code
   *     public.ecr.aws/lambda/java:25}; asked when one is made
   */
  public FunctionImages(
      Packages packages, ModelImages images, FunctionCache cache, Supplier<String> base) {
    this.packages = packages;
    this.images = images;
    this.cache = cache;
    this.base = base;
  }

  @Override
  public String of(Endpoint endpoint, DesiredState.Version version, @Nullable String registry) {
    ModelImage image =
        image(
            new ModelRef(
                LambdaNames.model(endpoint.name(), version), version.version(), version.digest()),
            packages.fetch(version.prefix(), version.digest()));
    return images.made(cache.with(image), registry);
  }

  /** What is in it; nothing is made yet. */
  ModelImage image(ModelRef version, Path packageDir) {
    return ModelImage.function(base.get(), version, packageDir, FunctionPlan.HANDLER);
  }
}
