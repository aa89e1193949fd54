package io.millrace.activities.deploy;

import io.millrace.activities.image.ModelImage;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.ref.ModelRef;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Images of versions, made here of the packages in the store. */
public final class BuiltImages implements VersionImages {
  private final Packages packages;
  private final ModelImages images;
  private final Supplier<String> base;

  /**
   * @param base image with Java 25 that the servers' images begin with; asked when one is made
   */
  public BuiltImages(Packages packages, ModelImages images, Supplier<String> base) {
    this.packages = packages;
    this.images = images;
    this.base = base;
  }

  @Override
  public String of(Endpoint endpoint, DesiredState.Version version, @Nullable String registry) {
    ModelImage image =
        ModelImage.server(
            base.get(),
            new ModelRef(endpoint.name(), version.version(), version.digest()),
            packages.fetch(version.prefix(), version.digest()));
    return images.made(image, registry);
  }
}
