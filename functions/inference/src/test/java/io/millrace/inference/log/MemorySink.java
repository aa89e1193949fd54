package io.millrace.inference.log;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** A sink in memory that fails when told to. Thread-safe. */
public final class MemorySink implements LogSink {
  private final Map<String, byte[]> objects = Collections.synchronizedMap(new LinkedHashMap<>());
  private volatile boolean failing;

  @Override
  public void write(String key, byte[] content) {
    if (failing) {
      throw new IllegalStateException("sink: away");
    }
    objects.put(key, content.clone());
  }

  /** Forgets everything. */
  public void clear() {
    objects.clear();
  }

  public void fail(boolean now) {
    failing = now;
  }

  /** Keys in the order of writing. */
  public List<String> keys() {
    synchronized (objects) {
      return List.copyOf(objects.keySet());
    }
  }

  /** Every line of every part, in the order of writing. */
  public List<JsonNode> lines() {
    List<JsonNode> lines = new ArrayList<>();
    for (String key : keys()) {
      if (key.endsWith(".jsonl.gz")) {
        lines.addAll(lines(key));
      }
    }
    return lines;
  }

  public List<JsonNode> lines(String key) {
    List<JsonNode> lines = new ArrayList<>();
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes(key)))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n", -1)) {
        if (!line.isEmpty()) {
          lines.add(new ObjectMapper().readTree(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** The profile beside a part. */
  public PartProfile profile(String partKey) {
    return PartProfile.fromJson(bytes(partKey.replace(".jsonl.gz", ".profile.json")));
  }

  private byte[] bytes(String key) {
    byte[] bytes = objects.get(key);
    if (bytes == null) {
      throw new IllegalArgumentException(key + ": not written");
    }
    return bytes;
  }
}
