package io.millrace.infra.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.trace.OtlpTraces;
import io.millrace.inference.trace.Traces;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TracesConfigTest {
  @Test
  void withoutACollector_thereAreNoTraces() {
    assertThat(TracesConfig.from(Map.of()).open("e")).isSameAs(Traces.OFF);
  }

  @Test
  void aCollectorAndAShare_areRead() {
    TracesConfig config =
        TracesConfig.from(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318",
                "OTEL_TRACES_SAMPLER_ARG", "0.25"));
    assertThat(config).isEqualTo(new TracesConfig(URI.create("http://127.0.0.1:4318"), 0.25));
    try (Traces traces = config.open("e")) {
      assertThat(traces).isInstanceOf(OtlpTraces.class);
    }
  }

  @Test
  void whatIsWrong_isToldByName() {
    assertThatThrownBy(() -> TracesConfig.from(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "x:1")))
        .hasMessage("OTEL_EXPORTER_OTLP_ENDPOINT: x:1 (expected: an http(s) address)");
    assertThatThrownBy(
            () ->
                TracesConfig.from(
                    Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://x",
                        "OTEL_TRACES_SAMPLER_ARG", "2")))
        .hasMessage("OTEL_TRACES_SAMPLER_ARG: 2 (expected: 0..1)");
  }
}
