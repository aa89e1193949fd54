package io.millrace.infra.worker;

import com.github.dockerjava.api.DockerClient;
import io.millrace.activities.aws.AwsClients;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.LocalTarget;
import io.millrace.activities.deploy.Target;
import io.millrace.activities.deploy.VersionImages;
import io.millrace.activities.deploy.bundle.BundleTarget;
import io.millrace.activities.deploy.docker.DockerSettings;
import io.millrace.activities.deploy.docker.DockerTarget;
import io.millrace.activities.deploy.ecs.EcsClients;
import io.millrace.activities.deploy.ecs.EcsTarget;
import io.millrace.activities.deploy.kubernetes.KubernetesClients;
import io.millrace.activities.deploy.kubernetes.KubernetesTarget;
import io.millrace.activities.deploy.lambda.FunctionCache;
import io.millrace.activities.deploy.lambda.FunctionImages;
import io.millrace.activities.deploy.lambda.FunctionMeter;
import io.millrace.activities.deploy.lambda.LambdaClients;
import io.millrace.activities.deploy.lambda.LambdaTarget;
import io.millrace.activities.gate.TargetMeter;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.config.AppConfig;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where endpoints can live, by this process's settings. Nothing is connected before it is used. */
final class TargetWiring {
  /** Of a version: an image that is pulled, a machine that is found for it, a JVM. */
  private static final Duration READY = Duration.ofMinutes(5);

  private final AppConfig config;
  private final ObjectStore store;
  private final Supplier<DockerClient> docker = new Once();

  /** One for all: two would make the same layers in the same folder. */
  private final ModelImages images;

  TargetWiring(AppConfig config, ObjectStore store) {
    this.config = config;
    this.store = store;
    this.images =
        new ModelImages(config.scratch(), AppFiles.ofThisProcess(config.scratch()), docker);
  }

  List<Target> targets(JavaLaunch servers) {
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
            versions),
        new EcsTarget(
            new EcsOnce(),
            versions,
            config.deploy().ecsRegistry().isEmpty() ? null : config.deploy().ecsRegistry(),
            config.deploy().remote(),
            AwsClients.region().id(),
            READY),
        new KubernetesTarget(new KubernetesClients(), versions, config.deploy().remote(), READY),
        new BundleTarget(Wiring.bundles(config, store)),
        new LambdaTarget(
            store,
            config.scratch(),
            config.secrets(),
            config.lambda(),
            new FunctionImages(
                new Packages(store, config.scratch()),
                images,
                cache(),
                () -> config.deploy().functionBase()),
            LambdaClients::open));
  }

  /** What measures how endpoints start where they are to live. */
  List<TargetMeter> meters() {
    return List.of(
        new FunctionMeter(images, cache(), () -> config.deploy().functionBase(), docker));
  }

  private FunctionCache cache() {
    return new FunctionCache(store, images, docker, config.scratch());
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

  /** As {@link Once}, for AWS. */
  private static final class EcsOnce implements Supplier<EcsClients> {
    private @Nullable EcsClients clients;

    @Override
    public synchronized EcsClients get() {
      if (clients == null) {
        clients = EcsClients.open(null);
      }
      return clients;
    }
  }
}
