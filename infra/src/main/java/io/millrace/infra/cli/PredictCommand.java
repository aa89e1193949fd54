package io.millrace.infra.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.client.Call;
import io.millrace.inference.client.ClientConfig;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "predict", description = "Ask a model's endpoint about the rows of a file.")
final class PredictCommand extends CliCommand {
  /** The server refuses more; this is to say so without sending it. */
  private static final int MOST = 64 << 20;

  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(
      names = "--input",
      required = true,
      paramLabel = "F",
      description = "JSON object, JSON array, JSON lines or CSV with a header; - is stdin.")
  String input = "";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Ask this server; otherwise the model's endpoint, as the store knows it.")
  @Nullable URI url;

  @Option(
      names = "--api-key-file",
      paramLabel = "F",
      description = "File with the API key of a server that wants one.")
  @Nullable Path keyFile;

  @Option(
      names = "--authorities",
      paramLabel = "F",
      description = "PEM file of the certificates that an https server is trusted by.")
  @Nullable Path authorities;

  @Option(
      names = "--request-id",
      paramLabel = "ID",
      description = "Of the request, in the prediction log; a new one otherwise.")
  @Nullable String requestId;

  @Option(
      names = "--timeout",
      defaultValue = "30",
      paramLabel = "SECONDS",
      description = "Of the whole call, retries included (default: ${DEFAULT-VALUE}).")
  int timeoutSeconds = 30;

  @Override
  public Integer call() throws IOException {
    String text = read();
    ClientConfig config;
    Call call;
    try {
      config =
          ClientConfig.of(url == null ? EndpointClient.url(session().store(), model) : url, model)
              .withDeadline(Duration.ofSeconds(timeoutSeconds))
              .withAuthorities(authorities)
              .withApiKey(keyFile == null ? null : Files.readString(keyFile).strip());
      call = new Call(requestId, null);
    } catch (IllegalArgumentException e) {
      throw CliFailure.bad(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CliFailure.bad("--api-key-file: " + keyFile + " (expected: a readable file)");
    }
    try (EndpointClient endpoint = EndpointClient.open(config)) {
      JsonNode answer =
          json(text)
              ? endpoint.invoke("application/json", body(text), call)
              : endpoint.invoke("text/csv", text, call);
      StringBuilder lines = new StringBuilder();
      for (JsonNode prediction : answer.path("predictions")) {
        lines.append(prediction).append('\n');
      }
      result(answer, lines.isEmpty() ? answer.toString() : lines.toString().stripTrailing());
      return ExitCode.OK;
    }
  }

  private String read() throws IOException {
    byte[] bytes;
    if (input.equals("-")) {
      bytes = System.in.readNBytes(MOST + 1);
    } else {
      Path file = Path.of(input);
      if (!Files.isRegularFile(file)) {
        throw CliFailure.bad("--input: " + input + " (expected: a file)");
      }
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MOST + 1);
      }
    }
    if (bytes.length > MOST) {
      throw CliFailure.bad("--input: " + input + " (expected: at most 64 MB; see replay)");
    }
    return new String(bytes, StandardCharsets.UTF_8).strip();
  }

  private static boolean json(String text) {
    return text.startsWith("{") || text.startsWith("[");
  }

  /** A body as {@code /invocations} wants it, of one row, many rows, or such a body. */
  static String body(String text) {
    try {
      ObjectNode body = PayloadJson.mapper().createObjectNode();
      var instances = body.putArray("instances");
      try (var values = PayloadJson.mapper().readerFor(JsonNode.class).<JsonNode>readValues(text)) {
        while (values.hasNext()) {
          JsonNode value = values.next();
          if (value.has("instances")
              || value.has("dataframe_split")
              || value.has("dataframe_records")) {
            return value.toString();
          }
          if (value.isArray()) {
            value.forEach(instances::add);
          } else {
            instances.add(value);
          }
        }
      }
      return body.toString();
    } catch (JsonProcessingException e) {
      throw CliFailure.bad("--input: line " + e.getLocation().getLineNr() + " (expected: JSON)");
    } catch (IOException | RuntimeException e) {
      throw CliFailure.bad("--input: text that is no JSON (expected: JSON or CSV)");
    }
  }
}
