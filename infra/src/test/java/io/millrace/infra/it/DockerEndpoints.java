package io.millrace.infra.it;

import com.github.dockerjava.api.DockerClient;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.BuiltImages;
import io.millrace.activities.deploy.docker.DockerSettings;
import io.millrace.activities.deploy.docker.DockerTarget;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.spec.TargetSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A target over this machine's Docker engine, and what there is of an endpoint in it. */
final class DockerEndpoints {
  static final TargetSpec SPEC =
      new TargetSpec(
          null, null, new TargetSpec.Docker(0, "127.0.0.1", "384MB", 1), null, null, null);

  static final DockerClient DOCKER = DockerClients.open();

  private DockerEndpoints() {}

  /**
   * @param kept bases and layers of images, shared by tests
   */
  static DockerTarget target(ObjectStore store, Path scratch, Path kept) {
    ModelImages images = new ModelImages(kept, AppFiles.ofThisProcess(kept), () -> DOCKER);
    return new DockerTarget(
        store,
        new DockerSettings(
            scratch, List.of("millrace/haproxy:3.0", "haproxy:lts"), store.uri(), Map.of()),
        () -> DOCKER,
        new BuiltImages(
            new Packages(store, scratch),
            images,
            () -> images.first(List.of("millrace/java:25", "eclipse-temurin:25-jre"))));
  }

  /** Containers, networks and the proxy's folder, of this store's endpoint alone. */
  static List<String> of(String endpoint, ObjectStore store, Path scratch) {
    String hash = PayloadJson.sha256(store.uri()).substring(0, 8);
    List<String> names = new ArrayList<>();
    DOCKER
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of("io.millrace.endpoint", endpoint, "io.millrace.store", hash))
        .exec()
        .forEach(container -> names.add("container " + container.getNames()[0]));
    DOCKER
        .listNetworksCmd()
        .withFilter(
            "label", List.of("io.millrace.endpoint=" + endpoint, "io.millrace.store=" + hash))
        .exec()
        .forEach(network -> names.add("network " + network.getName()));
    String[] folders = scratch.resolve("docker").toFile().list();
    for (String folder : folders == null ? new String[0] : folders) {
      names.add("folder " + folder);
    }
    return names;
  }
}
