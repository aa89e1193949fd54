package io.millrace.inference.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** By Jackson: the throughput of a server. */
final class JacksonInput implements JsonInput {
  private static final Map<Limits, JsonFactory> FACTORIES = new ConcurrentHashMap<>();

  private final JsonParser in;

  JacksonInput(byte[] bytes, int length, Limits limits) throws IOException {
    in = FACTORIES.computeIfAbsent(limits, JacksonInput::factory).createParser(bytes, 0, length);
  }

  private static JsonFactory factory(Limits limits) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(limits.depth())
                .maxStringLength(limits.text())
                .maxNameLength(limits.name())
                .maxNumberLength(Limits.NUMBER)
                .build())
        .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
        // names come from callers: the JVM's table of interned texts is not theirs to fill
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .build();
  }

  @Override
  public JsonToken nextToken() throws IOException {
    return token(in.nextToken());
  }

  @Override
  public JsonToken currentToken() {
    return token(in.currentToken());
  }

  private static JsonToken token(@Nullable JsonToken token) {
    return token == null ? JsonToken.NOT_AVAILABLE : token;
  }

  @Override
  public String currentName() throws IOException {
    return in.currentName();
  }

  @Override
  public String getText() throws IOException {
    return in.getText();
  }

  @Override
  public double getDoubleValue() throws IOException {
    return in.getDoubleValue();
  }

  @Override
  public long getLongValue() throws IOException {
    return in.getLongValue();
  }

  @Override
  public boolean beyondLong() throws IOException {
    return in.getNumberType() == JsonParser.NumberType.BIG_INTEGER;
  }

  @Override
  public void skipChildren() throws IOException {
    in.skipChildren();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
