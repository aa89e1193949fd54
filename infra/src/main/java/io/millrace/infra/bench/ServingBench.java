package io.millrace.infra.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.activities.image.AppFiles;
import io.millrace.inference.log.FileLogSink;
import io.millrace.inference.model.PackageContents;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.SealedManifest;
import io.millrace.inference.server.Batching;
import io.millrace.inference.server.DesiredState;
import io.millrace.inference.server.ModelServer;
import io.millrace.inference.server.ServerConfig;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * The steps of {@code infra/bench/serving/run}: {@code package DIR [wide]} writes the net, {@code
 * task DIR} a function's folder as its image has it, {@code serve DIR PORT [BATCHING]} serves it
 * with the prediction log on, {@code load ROUNDS SECONDS NAME=PID=URL…} measures the servers in
 * turns and prints the bench's line (of joined runs, when the first one is {@code auto}), {@code
 * soak MINUTES PID=URL} sends a steady load and watches the memory.
 */
public final class ServingBench {
  private ServingBench() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    switch (args[0]) {
      case "package" ->
          ServingPackage.write(
              Path.of(args[1]),
              args.length > 2 && args[2].equals("wide")
                  ? ServingPackage.WIDE
                  : ServingPackage.SMALL);
      case "task" -> task(Path.of(args[1]));
      case "serve" ->
          serve(
              Path.of(args[1]),
              Integer.parseInt(args[2]),
              Batching.Mode.valueOf(args.length > 3 ? args[3].toUpperCase(Locale.ROOT) : "AUTO"));
      case "load" -> {
        List<ServingSide> sides = Arrays.stream(args).skip(3).map(ServingSide::of).toList();
        sameAnswers(sides);
        Duration each = Duration.ofSeconds(Integer.parseInt(args[2]));
        boolean batching = sides.getFirst().name().equals("auto");
        ServingRace race =
            batching ? new ServingRace("serving-batching", 1) : new ServingRace("serving", 1, 64);
        System.out.println(race.run(sides, Integer.parseInt(args[1]), each));
      }
      case "soak" ->
          System.exit(
              ServingSoak.run(
                      ServingSide.of("ours=" + args[2]),
                      Duration.ofSeconds(Math.round(60 * Double.parseDouble(args[1]))))
                  ? 0
                  : 1);
      default ->
          throw new IllegalArgumentException(
              args[0] + " (expected: package, task, serve, load, soak)");
    }
  }

  private static void task(Path dir) throws IOException {
    Path task = Files.createDirectories(dir.resolve("task"));
    AppFiles app = AppFiles.ofThisProcess(dir.resolve("scratch"));
    copy(app.functionJars(), task.resolve("lib"));
    copy(app.natives(), task.resolve("native"));
    Path model = dir.resolve("package");
    copy(
        Stream.of(PackageFiles.GRAPH, PackageFiles.MANIFEST).map(model::resolve).toList(),
        task.resolve("model"));
    Files.write(
        task.resolve("model.sealed"), SealedManifest.of(PackageContents.read(model)).write());
  }

  private static void copy(List<Path> files, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (Path file : files) {
      Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void serve(Path dir, int port, Batching.Mode mode)
      throws IOException, InterruptedException {
    Path place = dir.resolve("package");
    String digest = PackageFiles.digest(place);
    DesiredState state =
        new DesiredState(1, "bench", List.of(new DesiredState.Version(1, "package", digest, 1)));
    ModelServer server =
        new ModelServer(
            ServerConfig.of("bench", port).withBatching(Batching.DEFAULT.with(mode)),
            () -> Optional.of(state),
            (prefix, wanted) -> place,
            new FileLogSink(Files.createDirectories(dir.resolve("log"))));
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
    new CountDownLatch(1).await();
  }

  /** A race between servers that answer differently would mean nothing. */
  private static void sameAnswers(List<ServingSide> sides)
      throws IOException, InterruptedException {
    List<Double> scores = new ArrayList<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (ServingSide side : sides) {
        HttpRequest request =
            HttpRequest.newBuilder(side.url())
                .version(HttpClient.Version.HTTP_1_1)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(ServingPackage.request(64)))
                .build();
        String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        JsonNode last = new ObjectMapper().readTree(body).path("predictions").path(63);
        scores.add((last.isObject() ? last.path("score") : last).asDouble(Double.NaN));
        if (!(Math.abs(scores.getLast() - scores.getFirst()) < 1e-5)) {
          throw new IllegalStateException(
              "scores of " + sides + ": " + scores + " (expected: the same)");
        }
      }
    }
  }
}
