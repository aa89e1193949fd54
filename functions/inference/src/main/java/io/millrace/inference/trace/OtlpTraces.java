package io.millrace.inference.trace;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Spans by OTLP over HTTP (protobuf) to a collector. A caller's decision to sample or not is kept;
 * a request waits for no export, and spans that find the queue full are dropped.
 */
public final class OtlpTraces implements Traces {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** At most this many spans wait: some 2 MB. */
  private static final int QUEUE = 4_096;

  private static final Pattern PARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  /**
   * @param endpoint base address, as {@code OTEL_EXPORTER_OTLP_ENDPOINT} has it: {@code /v1/traces}
   *     is added
   * @param headers sent along, for a collector that wants a token
   * @param service name of what is traced
   * @param share of the traces that begin here, 0..1
   */
  public OtlpTraces(URI endpoint, Map<String, String> headers, String service, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share: " + share + " (expected: 0..1)");
    }
    String base = endpoint.toString();
    var exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint((base.endsWith("/") ? base : base + "/") + "v1/traces")
            .setTimeout(TIMEOUT);
    headers.forEach(exporter::addHeader);
    provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(Attributes.builder().put("service.name", service).build())))
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(share)))
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter.build())
                    .setMaxQueueSize(QUEUE)
                    .setScheduleDelay(EVERY)
                    .setExporterTimeout(TIMEOUT)
                    .build())
            .build();
    tracer = provider.get("io.millrace.inference");
  }

  @Override
  public Span start(String name, @Nullable String traceparent) {
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(SpanKind.SERVER);
    SpanContext parent = parent(traceparent);
    if (parent.isValid()) {
      builder.setParent(Context.root().with(io.opentelemetry.api.trace.Span.wrap(parent)));
    } else {
      builder.setNoParent();
    }
    return new Otlp(builder.startSpan());
  }

  /** W3C Trace Context, level 1; invalid for what is none. */
  private static SpanContext parent(@Nullable String traceparent) {
    Matcher matcher = PARENT.matcher(traceparent == null ? "" : traceparent.strip());
    if (!matcher.matches()) {
      return SpanContext.getInvalid();
    }
    return SpanContext.createFromRemoteParent(
        matcher.group(1),
        matcher.group(2),
        TraceFlags.fromHex(matcher.group(3), 0),
        TraceState.getDefault());
  }

  private record Otlp(io.opentelemetry.api.trace.Span span) implements Span {
    @Override
    public void set(String key, String value) {
      span.setAttribute(key, value);
    }

    @Override
    public void set(String key, long value) {
      span.setAttribute(key, value);
    }

    @Override
    public void end(int status) {
      span.setAttribute("http.response.status_code", status);
      if (status >= 500) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    }
  }

  @Override
  public void close() {
    provider.shutdown().join(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
  }
}
