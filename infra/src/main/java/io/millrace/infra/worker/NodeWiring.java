package io.millrace.infra.worker;

import io.millrace.activities.compute.ComputeKinds;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.compute.DockerCompute;
import io.millrace.activities.compute.Ec2Clients;
import io.millrace.activities.compute.Ec2Compute;
import io.millrace.activities.compute.Ec2Settings;
import io.millrace.activities.compute.JavaLaunch;
import io.millrace.activities.compute.LocalCompute;
import io.millrace.activities.compute.RunEnded;
import io.millrace.activities.compute.TrainerPackage;
import io.millrace.activities.store.ObjectStore;
import io.millrace.infra.config.AppConfig;
import io.millrace.infra.config.ComputeConfig;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.temporal.client.WorkflowClient;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which kinds of nodes this worker has, by its settings. */
final class NodeWiring {
  private static final String TRAINER = "io.millrace.infra.worker.TrainerMain";

  private NodeWiring() {}

  /** Where nodes may run; a kind that lacks a setting is refused by its name. */
  static ComputeKinds compute(
      AppConfig config, ObjectStore store, WorkflowClient client, JavaLaunch trainers) {
    // another installation's pools are unheard of here, which says nothing about them
    RunEnded ended = run -> PoolState.of(client, WorkflowIds.pool(run)) == PoolState.ENDED;
    Map<String, ComputeActivities> kinds = new TreeMap<>();
    Map<String, String> unset = new TreeMap<>();
    kinds.put(
        "local",
        LocalCompute.ofTrainers(
            trainers,
            config.run().resolve("nodes"),
            List.of("--store", config.storeUri(), "--scratch", config.scratch().toString())));
    ComputeConfig.Ec2 ec2 = config.compute().ec2();
    if (ec2 == null) {
      unset.put("ec2", "MILLRACE_EC2_IMAGE names a machine image");
    } else {
      kinds.put("ec2", ec2(config, ec2, store, trainers, ended));
    }
    ComputeConfig.Docker docker = config.compute().docker();
    if (docker == null) {
      unset.put("docker", "MILLRACE_DOCKER_IMAGE names an image with Java 25");
    } else {
      kinds.put(
          "docker",
          new DockerCompute(DockerClients.open(), docker(config, docker, trainers), ended));
    }
    return new ComputeKinds(kinds, unset);
  }

  private static Ec2Compute ec2(
      AppConfig config,
      ComputeConfig.Ec2 ec2,
      ObjectStore store,
      JavaLaunch trainers,
      RunEnded ended) {
    Map<String, String> environment = new TreeMap<>();
    String temporal = trainers.environment().get("TEMPORAL_ADDRESS");
    if (temporal != null) {
      environment.put("TEMPORAL_ADDRESS", temporal);
    }
    environment.putAll(ec2.environment());
    return new Ec2Compute(
        Ec2Clients.open(),
        new Ec2Settings(
            ec2.image(),
            ec2.instanceProfile(),
            ec2.subnets(),
            ec2.securityGroups(),
            ec2.volumeGigabytes(),
            ec2.rootDevice(),
            ec2.onDemandPrices(),
            ec2.heap(),
            environment,
            ec2.setup(),
            ec2.poll()),
        config.storeUri(),
        new TrainerPackage(store, trainers.classPath(), config.scratch()),
        ended);
  }

  private static DockerCompute.Settings docker(
      AppConfig config, ComputeConfig.Docker docker, JavaLaunch trainers) {
    List<String> command = new ArrayList<>();
    command.add(docker.java());
    command.addAll(trainers.jvmFlags());
    command.add(TRAINER);
    command.addAll(List.of("--store", config.storeUri(), "--scratch", config.scratch().toString()));
    Map<String, String> environment = new TreeMap<>(trainers.environment());
    environment.put("CLASSPATH", trainers.classPath());
    List<String> readOnly = new ArrayList<>();
    for (String entry : trainers.classPath().split(File.pathSeparator)) {
      Path path = Path.of(entry.endsWith("*") ? entry.substring(0, entry.length() - 1) : entry);
      if (Files.exists(path)) {
        readOnly.add(path.toAbsolutePath().toString());
      }
    }
    List<String> writable = new ArrayList<>(List.of(config.scratch().toString()));
    if (config.storeUri().startsWith("file:")) {
      writable.add(config.storeUri().substring("file:".length()));
    }
    return new DockerCompute.Settings(
        docker.image(),
        docker.network(),
        docker.cpus(),
        command,
        environment,
        readOnly.stream().distinct().toList(),
        writable);
  }
}
