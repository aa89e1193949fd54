package io.millrace.activities.deploy.ecs;

import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.spec.TargetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.ClientException;
import software.amazon.awssdk.services.ecs.model.Compatibility;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.DescribeTaskDefinitionResponse;
import software.amazon.awssdk.services.ecs.model.KeyValuePair;
import software.amazon.awssdk.services.ecs.model.LogDriver;
import software.amazon.awssdk.services.ecs.model.MountPoint;
import software.amazon.awssdk.services.ecs.model.NetworkMode;
import software.amazon.awssdk.services.ecs.model.PortMapping;
import software.amazon.awssdk.services.ecs.model.Tag;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionField;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionStatus;
import software.amazon.awssdk.services.ecs.model.TransportProtocol;
import software.amazon.awssdk.services.ecs.model.Volume;

/** Revisions of a version's task definition: one per content, found again by its tag. */
final class TaskDefinitions {
  static final int PORT = 8080;
  static final String CONTAINER = "server";

  /** Nobody, as in the image. */
  private static final String USER = "65532";

  /** After SIGTERM: the server's own drain, and a little; Fargate allows 120. */
  private static final int STOP_SECONDS = 40;

  private final EcsClient ecs;
  private final String region;

  TaskDefinitions(EcsClient ecs, String region) {
    this.ecs = ecs;
    this.region = region;
  }

  /** The image that the newest revision of a version has, where there is one. */
  Optional<String> image(String family) {
    return newest(family)
        .map(found -> found.taskDefinition().containerDefinitions().getFirst().image());
  }

  /** The revision with this content; registered when the newest is another. @return its ARN */
  String ensure(
      String endpoint,
      DesiredState.Version version,
      TargetSpec.Ecs settings,
      String image,
      Map<String, String> environment) {
    String family = Naming.version(endpoint, version);
    String content =
        Naming.token(
            image,
            settings.memory(),
            Double.toString(settings.cpus()),
            settings.launch(),
            String.valueOf(settings.executionRole()),
            String.valueOf(settings.taskRole()),
            new TreeMap<>(environment).toString());
    Optional<TaskDefinition> there =
        newest(family)
            .filter(
                found ->
                    found.tags().stream()
                        .anyMatch(t -> t.key().equals(Naming.CONTENT) && t.value().equals(content)))
            .map(DescribeTaskDefinitionResponse::taskDefinition)
            .filter(definition -> definition.status() == TaskDefinitionStatus.ACTIVE);
    if (there.isPresent()) {
      return there.get().taskDefinitionArn();
    }
    Map<String, String> tags = Naming.tags(endpoint, version);
    tags.put(Naming.CONTENT, content);
    return EcsErrors.call(
        "ecs RegisterTaskDefinition " + family,
        () ->
            ecs.registerTaskDefinition(
                    r ->
                        r.family(family)
                            .networkMode(NetworkMode.AWSVPC)
                            .requiresCompatibilities(
                                settings.launch().equals("ec2")
                                    ? Compatibility.EC2
                                    : Compatibility.FARGATE)
                            .cpu(Long.toString(Math.round(settings.cpus() * 1024)))
                            .memory(settings.memory().replace("MB", ""))
                            .executionRoleArn(settings.executionRole())
                            .taskRoleArn(settings.taskRole())
                            .volumes(Volume.builder().name("tmp").build())
                            .containerDefinitions(container(endpoint, settings, image, environment))
                            .tags(tags(tags)))
                .taskDefinition()
                .taskDefinitionArn());
  }

  private ContainerDefinition container(
      String endpoint, TargetSpec.Ecs settings, String image, Map<String, String> environment) {
    ContainerDefinition.Builder container =
        ContainerDefinition.builder()
            .name(CONTAINER)
            .image(image)
            .essential(true)
            .user(USER)
            .readonlyRootFilesystem(true)
            .stopTimeout(STOP_SECONDS)
            .portMappings(
                PortMapping.builder().containerPort(PORT).protocol(TransportProtocol.TCP).build())
            .mountPoints(MountPoint.builder().sourceVolume("tmp").containerPath("/tmp").build())
            .linuxParameters(l -> l.capabilities(c -> c.drop("ALL")))
            .environment(
                environment.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(e -> KeyValuePair.builder().name(e.getKey()).value(e.getValue()).build())
                    .toList());
    if (settings.executionRole() != null) {
      // without that role nobody may write logs
      container.logConfiguration(
          l ->
              l.logDriver(LogDriver.AWSLOGS)
                  .options(
                      Map.of(
                          "awslogs-group",
                          "/millrace/" + endpoint,
                          "awslogs-region",
                          region,
                          "awslogs-stream-prefix",
                          "server",
                          "awslogs-create-group",
                          "true")));
    }
    return container.build();
  }

  /** Retires and deletes every revision of a family; none is success. */
  void delete(String family) {
    List<String> revisions =
        EcsErrors.call(
            "ecs ListTaskDefinitions " + family,
            () ->
                new ArrayList<>(
                    ecs
                        .listTaskDefinitionsPaginator(
                            r -> r.familyPrefix(family).status(TaskDefinitionStatus.ACTIVE))
                        .taskDefinitionArns()
                        .stream()
                        // the prefix alone would match versions 1 and 10
                        .filter(arn -> arn.contains("/" + family + ":"))
                        .toList()));
    for (String revision : revisions) {
      EcsErrors.call(
          "ecs DeregisterTaskDefinition " + revision,
          () -> {
            ecs.deregisterTaskDefinition(r -> r.taskDefinition(revision));
            return ecs.deleteTaskDefinitions(r -> r.taskDefinitions(revision));
          });
    }
  }

  private Optional<DescribeTaskDefinitionResponse> newest(String family) {
    return EcsErrors.call(
        "ecs DescribeTaskDefinition " + family,
        () -> {
          try {
            return Optional.of(
                ecs.describeTaskDefinition(
                    r -> r.taskDefinition(family).include(TaskDefinitionField.TAGS)));
          } catch (ClientException none) {
            // "Unable to describe task definition": there is none of the family
            return Optional.empty();
          }
        });
  }

  static List<Tag> tags(Map<String, String> tags) {
    return tags.entrySet().stream()
        .map(tag -> Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
        .toList();
  }
}
