package io.millrace.infra.worker;

import com.github.dockerjava.api.DockerClient;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.LocalTarget;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.deploy.docker.DockerSettings;
import io.millrace.activities.deploy.docker.DockerTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.config.AppConfig;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where endpoints can live, by this process's settings. Nothing is connected before it is used. */
final class TargetWiring {
  private TargetWiring() {}

  static List<Target> targets(AppConfig config, ObjectStore store, JavaLaunch servers) {
    Supplier<DockerClient> docker = new Once();
    ModelImages images =
        new ModelImages(config.scratch(), AppFiles.ofThisProcess(config.scratch()), docker);
    VersionImages versions =
        new BuiltImages(
            new Packages(store, config.scratch()),
            images,
            () -> images.first(config.deploy().imageBases()));
    return List.of(
        new LocalTarget(store, config.scratch(), servers),
        new DockerTarget(
            store,
            new DockerSettings(
                config.scratch(),
                config.deploy().proxyImages(),
                config.storeUri(),
                config.deploy().environment()),
            docker,
            versions));
  }

  /** One client for all who ask. */
  private static final class Once implements Supplier<DockerClient> {
    private @Nullable DockerClient client;

    @Override
    public synchronized DockerClient get() {
      if (client == null) {
        client = DockerClients.open();
      }
      return client;
    }
  }
}
