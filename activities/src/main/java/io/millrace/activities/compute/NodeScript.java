package io.millrace.activities.compute;

import io.millrace.activities.compute.TrainerPackage.Listed;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.options.WorkflowIds;
import io.millrace.workflows.port.compute.ComputeActivities.LaunchRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** The user data of a node: a POSIX script below EC2's 16 KB, without secrets. */
final class NodeScript {
  /** EC2's limit, before base64. */
  static final int LIMIT_BYTES = 16 * 1024;

  private static final String BODY = body();

  private NodeScript() {}

  /**
   * @param storeUri what the trainer opens
   * @param ttl after which the trainer is ended, whatever it does
   */
  static String of(
      LaunchRequest request, Ec2Settings settings, String storeUri, Listed trainer, Duration ttl) {
    StringBuilder script = new StringBuilder("#!/bin/sh\n");
    Map<String, String> values = new TreeMap<>();
    values.put("node", request.key());
    values.put("pool", WorkflowIds.pool(request.run().runId()));
    values.put("task_queue", request.taskQueue());
    values.put("threads", Integer.toString(request.threads()));
    values.put("store", storeUri);
    values.put("heap", settings.heap());
    values.put("ttl_seconds", Long.toString(Math.max(1, ttl.toSeconds())));
    values.put("trainer_digest", trainer.digest());
    values.put("trainer_list", trainer.link().toString());
    values.forEach((name, value) -> script.append(assignment(name, value)).append('\n'));
    new TreeMap<>(settings.environment())
        .forEach(
            (name, value) -> script.append("export ").append(assignment(name, value)).append('\n'));
    if (!settings.setup().isBlank()) {
      script.append(settings.setup().strip()).append('\n');
    }
    script.append(BODY);
    int size = script.toString().getBytes(StandardCharsets.UTF_8).length;
    if (size >= LIMIT_BYTES) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "ec2.setup: user data of " + size + " bytes (expected: < " + LIMIT_BYTES + ")");
    }
    return script.toString();
  }

  /** Single quotes keep everything but themselves as it is. */
  static String assignment(String name, String value) {
    return name + "='" + value.replace("'", "'\\''") + "'";
  }

  private static String body() {
    try (InputStream in = NodeScript.class.getResourceAsStream("node.sh")) {
      if (in == null) {
        throw new IllegalStateException("node.sh is missing from the build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
