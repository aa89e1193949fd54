package io.millrace.infra.cli;

import io.millrace.activities.watch.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "replay",
    description = "Send the rows of a table through a model's endpoint, in order.")
final class ReplayCommand extends CliCommand {
  @Parameters(paramLabel = "NAME", description = "The model.")
  String model = "";

  @Option(names = "--input", required = true, paramLabel = "F", description = "The table.")
  String input = "";

  @Option(
      names = "--id",
      required = true,
      paramLabel = "COL",
      description = "The column that names a row; labels join on it.")
  String id = "";

  @Option(names = "--batch", defaultValue = "500", description = "Rows a request.")
  int batch = 500;

  @Option(
      names = "--rows-per-window",
      paramLabel = "N",
      description = "Flush the prediction log after each N rows.")
  @Nullable Integer window;

  @Option(
      names = "--labels",
      paramLabel = "F",
      description = "Labels to add first: the id column and the target column.")
  @Nullable String labels;

  @Option(names = "--from", defaultValue = "0", description = "Rows to skip.")
  long from;

  @Option(names = "--rows", paramLabel = "N", description = "Rows to send; all otherwise.")
  @Nullable Long most;

  private long seen;
  private long sent;
  private long requests;
  private long tenth = -1;

  @Override
  public Integer call() {
    if (batch < 1 || batch > 10_000 || (window != null && window < 1)) {
      throw CliFailure.bad(
          "--batch: " + batch + ", --rows-per-window: " + window + " (expected: > 0)");
    }
    TableFile table = TableFile.of("--input", input);
    long total = most == null ? table.rows() - from : most;
    Map<String, Object> object = new LinkedHashMap<>();
    Instant start = Instant.now();
    try (EndpointClient endpoint = EndpointClient.open(session().store(), model)) {
      if (labels != null) {
        Labels.Added added =
            new Labels(session().store(), InstantSource.system()).add(model, Path.of(labels));
        object.put("labels", added.rows());
        progress(added.rows() + " labels");
      }
      send(endpoint, table, total);
      object.put("endpoint", endpoint.base());
    }
    double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
    object.put("model", model);
    object.put("rows", sent);
    object.put("requests", requests);
    object.put("seconds", seconds);
    result(
        object,
        "%s rows in %s requests to %s, %.1f s"
            .formatted(Bars.count(sent), Bars.count(requests), model, seconds));
    return ExitCode.OK;
  }

  private void send(EndpointClient endpoint, TableFile table, long total) {
    List<String> columns = new ArrayList<>();
    columns.add(id);
    columns.addAll(endpoint.features());
    String header =
        "__id,"
            + String.join(
                ",",
                columns.subList(1, columns.size()).stream().map(ReplayCommand::quoted).toList());
    StringBuilder body = new StringBuilder();
    int[] held = {0};
    table.each(
        columns,
        row -> {
          if (seen++ < from || sent + held[0] >= total) {
            return;
          }
          if (held[0] == 0) {
            body.setLength(0);
            body.append(header).append('\n');
          }
          line(body, row);
          held[0]++;
          long position = sent + held[0];
          boolean edge = window != null && position % window == 0;
          if (held[0] == batch || edge || position == total) {
            endpoint.invoke("text/csv", body.toString());
            sent = position;
            requests++;
            held[0] = 0;
            if (edge) {
              endpoint.flush();
            }
            draw(total);
          }
        });
    if (held[0] > 0) {
      endpoint.invoke("text/csv", body.toString());
      sent += held[0];
      requests++;
    }
    endpoint.flush();
    draw(total);
  }

  private void draw(long total) {
    double share = total == 0 ? 1 : (double) sent / total;
    String text = Bars.bar(share) + "  " + Bars.count(sent) + " rows";
    if (console().terminal()) {
      console().err().print("\r" + text + (sent == total ? "\n" : ""));
      console().err().flush();
    } else if ((long) (share * 10) > tenth) {
      tenth = (long) (share * 10);
      progress(text);
    }
  }

  private static void line(StringBuilder body, @Nullable String[] row) {
    for (int i = 0; i < row.length; i++) {
      String value = row[i];
      if (i > 0) {
        body.append(',');
      }
      if (value != null) {
        body.append(quoted(value));
      }
    }
    body.append('\n');
  }

  private static String quoted(String value) {
    return value.isEmpty() || value.matches("(?s).*[\",\\r\\n].*")
        ? "\"" + value.replace("\"", "\"\"") + "\""
        : value;
  }
}
