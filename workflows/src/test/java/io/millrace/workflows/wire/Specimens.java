package io.millrace.workflows.wire;

import io.millrace.workflows.Samples;
import io.millrace.workflows.pipeline.PipelineRequest;
import io.millrace.workflows.spec.CandidateSpec;
import io.millrace.workflows.spec.DomainSpec;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.SourceSpec;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One value of any record, every component set, always the same. */
final class Specimens {
  private Specimens() {}

  static Object of(Class<?> type) {
    return value(type, type.getSimpleName());
  }

  private static Object value(Type type, String name) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return values(arguments[0], name);
      }
      return Map.of(value(arguments[0], name), value(arguments[1], name));
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return text(name);
    }
    if (raw == int.class || raw == Integer.class) {
      return 3;
    }
    if (raw == long.class || raw == Long.class) {
      return 4L;
    }
    if (raw == double.class || raw == Double.class) {
      return 0.25;
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return true;
    }
    if (raw == Duration.class) {
      return Duration.ofMinutes(10);
    }
    if (raw == Instant.class) {
      return Instant.parse("2026-03-01T12:00:00Z");
    }
    if (raw == Object.class) {
      return "anything";
    }
    if (raw == PipelineRequest.class) {
      return request();
    }
    if (raw == SourceSpec.class) {
      return new SourceSpec("data.csv", null, null);
    }
    if (raw == ExpectationSpec.class) {
      // what came later is absent: specs of before keep their digest
      return new ExpectationSpec(
          "some column",
          true,
          true,
          List.of(0.25),
          List.of("some set"),
          "some regex",
          new ExpectationSpec.Bounds(4L, 4L),
          Duration.ofMinutes(10),
          "some sql",
          ExpectationSpec.OnBreak.BLOCK,
          0.25);
    }
    if (raw == CandidateSpec.class) {
      return new CandidateSpec(
          "mlp",
          Map.of("dropout", 0.1),
          Map.of("hidden", new DomainSpec(null, null, null, List.of(List.of(64)), null)));
    }
    if (raw.isEnum()) {
      return raw.getEnumConstants()[0];
    }
    if (raw.isSealed()) {
      return value(raw.getPermittedSubclasses()[0], name);
    }
    return construct(raw);
  }

  /** A list of a sealed type holds each of its cases. */
  private static List<Object> values(Type element, String name) {
    if (element instanceof Class<?> raw && raw.isSealed() && raw.isInterface()) {
      List<Object> all = new ArrayList<>();
      for (Class<?> permitted : raw.getPermittedSubclasses()) {
        all.add(value(permitted, name));
      }
      return List.copyOf(all);
    }
    return List.of(value(element, name));
  }

  private static Object construct(Class<?> raw) {
    RecordComponent[] components = raw.getRecordComponents();
    if (components == null) {
      throw new AssertionError(raw + " (expected: a record, an enum or a scalar)");
    }
    try {
      Class<?>[] types = new Class<?>[components.length];
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] = value(components[i].getGenericType(), components[i].getName());
      }
      var constructor = raw.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(raw.toString(), e);
    }
  }

  private static PipelineRequest request() {
    return new PipelineRequest(
        "/specs/pipeline.yaml",
        null,
        "credit",
        3,
        new io.millrace.workflows.pipeline.Trigger("drift", "LIMIT drifted"),
        "credit-2",
        new io.millrace.workflows.port.data.DataActivities.RecentRows(
            "credit",
            Instant.parse("2026-02-01T00:00:00Z"),
            Instant.parse("2026-03-01T00:00:00Z")));
  }

  private static String text(String name) {
    return switch (name) {
      case "digest" -> Samples.DIGEST;
      case "name", "model", "runId", "resumeFrom", "endpoint" -> "credit";
      case "goal" -> "max";
      default -> "some " + name;
    };
  }
}
