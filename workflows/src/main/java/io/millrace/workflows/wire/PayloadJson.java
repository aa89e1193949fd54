package io.millrace.workflows.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.temporal.common.converter.DataConverter;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.common.converter.JacksonJsonPayloadConverter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * The one JSON shape of everything that crosses a wire: payloads, stored records, the spec.
 *
 * <p>Unknown properties are tolerated when reading (an older worker meets a newer record), {@link
 * Duration} is ISO-8601 text and may be read from {@code 10m} as well, instants are ISO-8601 text,
 * absent and null mean the same, and no class name ever comes from data.
 */
public final class PayloadJson {
  private static final ObjectMapper MAPPER = newMapper();
  private static final DataConverter CONVERTER =
      DefaultDataConverter.newDefaultInstance()
          .withPayloadConverterOverrides(new JacksonJsonPayloadConverter(MAPPER));

  private PayloadJson() {}

  /** The shared mapper: do not reconfigure, copy it. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /** What every Temporal client and worker of ours uses. */
  public static DataConverter converter() {
    return CONVERTER;
  }

  /** Lower-case hex SHA-256 of the value's canonical JSON: keys sorted, no white space, UTF-8. */
  public static String digest(Object value) {
    try {
      Object tree = MAPPER.convertValue(value, Object.class);
      return sha256(MAPPER.writeValueAsBytes(tree));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException("value: " + value.getClass() + " (expected: JSON)", e);
    }
  }

  /** Lower-case hex SHA-256. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Lower-case hex SHA-256 of UTF-8 text. */
  public static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectMapper newMapper() {
    SimpleModule durations = new SimpleModule("millrace-durations");
    durations.addDeserializer(Duration.class, new DurationText.Reader());
    durations.addSerializer(Duration.class, new DurationText.Writer());
    return JsonMapper.builder()
        .addModule(new Jdk8Module())
        .addModule(new JavaTimeModule())
        .addModule(durations)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
        .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .defaultPropertyInclusion(
            JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
        .build();
  }
}
