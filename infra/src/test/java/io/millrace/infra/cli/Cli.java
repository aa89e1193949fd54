package io.millrace.infra.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.store.FileStore;
import io.millrace.infra.config.AppConfig;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.client.WorkflowClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Runs commands in this process and keeps what they print. */
final class Cli {
  final FileStore store;
  private final Session session;

  Cli(Path home, WorkflowClient client) {
    AppConfig config = AppConfig.from(Map.of("MILLRACE_HOME", home.toString()));
    store = new FileStore(home.resolve("store"));
    session = new Session(config, store, client);
  }

  record Answer(int code, String out, String err) {
    JsonNode json() {
      try {
        return PayloadJson.mapper().readTree(out);
      } catch (IOException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  Answer run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Millrace.execute(
            session,
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false),
            args);
    return new Answer(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
