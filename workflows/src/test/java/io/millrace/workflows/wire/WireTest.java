package io.millrace.workflows.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.workflows.drift.DriftCheck;
import io.millrace.workflows.janitor.Janitor;
import io.millrace.workflows.pipeline.ModelPipeline;
import io.millrace.workflows.pool.ComputePool;
import io.millrace.workflows.port.alert.AlertActivities;
import io.millrace.workflows.port.audit.AuditActivities;
import io.millrace.workflows.port.compute.ComputeActivities;
import io.millrace.workflows.port.data.DataActivities;
import io.millrace.workflows.port.deploy.DeployActivities;
import io.millrace.workflows.port.gate.GateActivities;
import io.millrace.workflows.port.notify.NotifyActivities;
import io.millrace.workflows.port.registry.RegistryActivities;
import io.millrace.workflows.port.report.ReportActivities;
import io.millrace.workflows.port.schedule.ScheduleActivities;
import io.millrace.workflows.port.search.SearchActivities;
import io.millrace.workflows.port.spec.SpecActivities;
import io.millrace.workflows.port.steward.StewardActivities;
import io.millrace.workflows.port.train.SelectActivities;
import io.millrace.workflows.port.train.TrainActivities;
import io.millrace.workflows.port.watch.WatchActivities;
import io.millrace.workflows.rollout.Rollout;
import io.millrace.workflows.steward.ModelSteward;
import io.millrace.workflows.trial.TrainingTrial;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every record that crosses between a workflow and anything else, held against one file: a changed
 * name or type breaks histories that are under way. New ones: {@code -Dwire.write=true}.
 */
class WireTest {
  private static final ObjectMapper MAPPER = PayloadJson.mapper();

  static Collection<Class<?>> records() {
    Map<String, Class<?>> records = new TreeMap<>();
    Stream.of(
            ModelPipeline.class,
            ModelSteward.class,
            ComputePool.class,
            TrainingTrial.class,
            Rollout.class,
            DriftCheck.class,
            Janitor.class,
            TrainActivities.class,
            AlertActivities.class,
            AuditActivities.class,
            ComputeActivities.class,
            DataActivities.class,
            DeployActivities.class,
            GateActivities.class,
            NotifyActivities.class,
            RegistryActivities.class,
            ReportActivities.class,
            ScheduleActivities.class,
            SearchActivities.class,
            SelectActivities.class,
            SpecActivities.class,
            StewardActivities.class,
            WatchActivities.class)
        .flatMap(type -> Stream.of(type.getDeclaredMethods()))
        .filter(method -> !method.isSynthetic())
        .flatMap(WireTest::types)
        .filter(Class::isRecord)
        .forEach(type -> records.put(type.getSimpleName(), type));
    records.put("TrialProgress", TrainActivities.TrialProgress.class);
    records.put("IngestProgress", DataActivities.IngestProgress.class);
    return records.values();
  }

  private static Stream<Class<?>> types(Method method) {
    return Stream.concat(Stream.of(method.getParameterTypes()), Stream.of(method.getReturnType()));
  }

  @ParameterizedTest
  @MethodSource("records")
  void record_isWrittenAndReadAsItsFileSays(Class<?> type) throws IOException {
    Object specimen = Specimens.of(type);
    String file = "/wire/" + type.getSimpleName() + ".json";
    if (Boolean.getBoolean("wire.write")) {
      Path path = Path.of("src/test/resources" + file);
      byte[] json = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(specimen);
      Files.writeString(path, new String(json, java.nio.charset.StandardCharsets.UTF_8) + "\n");
      return;
    }
    try (InputStream golden = WireTest.class.getResourceAsStream(file)) {
      assertThat(golden).as("golden file %s: run with -Dwire.write=true", file).isNotNull();
      JsonNode expected = MAPPER.readTree(golden);

      JsonNode written = MAPPER.readTree(MAPPER.writeValueAsBytes(specimen));
      assertThat(written).isEqualTo(expected);
      assertThat((Object) MAPPER.treeToValue(expected, type)).isEqualTo(specimen);
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void record_ofANewerWorker_isReadAllTheSame(Class<?> type) throws IOException {
    JsonNode tree = MAPPER.valueToTree(Specimens.of(type));
    ((com.fasterxml.jackson.databind.node.ObjectNode) tree).put("fieldOfTomorrow", 1);

    assertThat((Object) MAPPER.treeToValue(tree, type)).isEqualTo(Specimens.of(type));
  }
}
