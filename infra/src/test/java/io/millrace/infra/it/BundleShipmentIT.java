package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.bundle.EdgeBundles;
import io.millrace.activities.deploy.ContractClient;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.LocalStack;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.ref.PackageRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What a bundle answered comes home to S3, once, whatever happened to the net meanwhile. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class BundleShipmentIT {
  private static final String BUCKET = "models";
  private static final String PREFIX = "team-a/";

  @TempDir static Path home;
  private static LocalStack aws;
  private static S3Client s3;
  private static Path archive;
  private UnpackedBundles edge;
  private Path bundle;

  @BeforeAll
  static void start() throws IOException {
    aws = LocalStack.start("s3");
    s3 = aws.s3();
    FileStore store = new FileStore(home.resolve("store"));
    PackageRef made =
        new Packages(store, home.resolve("scratch"))
            .publish(TestPackages.linear(Files.createDirectory(home.resolve("made"))), "p/1/");
    archive = home.resolve("credit.tar.gz");
    new EdgeBundles(store, home.resolve("scratch"), new Secrets(Map.of()), home.resolve("keys"))
        .write(new EdgeBundles.Version(1, made.prefix(), made.digest()), archive, null, step -> {});
  }

  @AfterAll
  static void stop() {
    s3.close();
    aws.close();
  }

  @BeforeEach
  void unpack() throws IOException {
    s3.createBucket(bucket -> bucket.bucket(BUCKET));
    edge = new UnpackedBundles(home.resolve("edge"));
    bundle = edge.unpack(archive);
  }

  @AfterEach
  void clear() {
    edge.close();
    objects().keySet().forEach(key -> s3.deleteObject(o -> o.bucket(BUCKET).key(key)));
    s3.deleteBucket(bucket -> bucket.bucket(BUCKET));
  }

  @Test
  void serve_withAStoreInReach_shipsByItself() throws Exception {
    String url = edge.serve(bundle, settings(aws.endpoint().toString()));
    ask(url, 5);
    LocalMachine.await("both objects", Duration.ofMinutes(1), () -> objects().size() == 2);
    assertThat(rows()).isEqualTo(5);
    ask(url, 2);
    LocalMachine.await("two more", Duration.ofMinutes(1), () -> objects().size() == 4);
    assertThat(rows()).isEqualTo(7);
    LocalMachine.await("an empty spool", Duration.ofSeconds(30), () -> spooled().isEmpty());
    assertThat(objects().keySet())
        .allMatch(key -> key.startsWith(PREFIX + "predictions/credit/1/dt="));
  }

  @Test
  void ship_afterTheNetWasAway_bringsEachObjectOnce() throws Exception {
    // nobody listens there
    String url = edge.serve(bundle, settings("http://127.0.0.1:1"));
    ask(url, 6);
    LocalMachine.await("a part", Duration.ofMinutes(1), () -> spooled().size() == 2);
    edge.end();
    List<String> waiting = spooled();
    Path kept = home.resolve("kept");
    copy(bundle.resolve("spool/parts"), kept);

    Ended away = ship("http://127.0.0.1:1");
    assertThat(away.code()).as(away.said()).isEqualTo(1);
    assertThat(spooled()).isEqualTo(waiting);
    Ended shipped = ship(aws.endpoint().toString());
    assertThat(shipped.said()).startsWith("2 objects shipped, 0 rows dropped");
    assertThat(spooled()).isEmpty();
    assertThat(objects().keySet())
        .containsExactlyElementsOf(waiting.stream().map(PREFIX::concat).toList());
    assertThat(rows()).isEqualTo(6);

    // a process that died after it had sent and before it had forgotten
    Map<String, S3Object> before = objects();
    copy(kept, bundle.resolve("spool/parts"));
    assertThat(ship(aws.endpoint().toString()).said()).startsWith("2 objects shipped");
    assertThat(spooled()).isEmpty();
    // what was there was left as it was
    assertThat(objects()).isEqualTo(before);
  }

  private static Map<String, String> settings(String endpoint) {
    Map<String, String> settings = new HashMap<>();
    settings.put("MILLRACE_LOG_URI", "s3://" + BUCKET + "/" + PREFIX.replace("/", ""));
    settings.put("AWS_ENDPOINT_URL", endpoint);
    settings.put("AWS_REGION", "us-east-1");
    settings.put("AWS_ACCESS_KEY_ID", "test");
    settings.put("AWS_SECRET_ACCESS_KEY", "test");
    return settings;
  }

  private static void ask(String url, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      ContractClient.ask(url, "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}");
    }
  }

  private record Ended(int code, String said) {}

  private Ended ship(String endpoint) throws Exception {
    Path out = Files.createTempFile(home, "ship-", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(bundle.resolve("bin/ship").toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().putAll(settings(endpoint));
    Process process = builder.start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("ship ends").isTrue();
    return new Ended(process.exitValue(), Files.readString(out));
  }

  private List<String> spooled() {
    Path parts = bundle.resolve("spool/parts");
    if (!Files.isDirectory(parts)) {
      return List.of();
    }
    try (Stream<Path> walked = Files.walk(parts)) {
      return walked
          .filter(Files::isRegularFile)
          .map(file -> parts.relativize(file).toString())
          .filter(name -> !name.contains("/."))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      // a file that was shipped while we looked
      return List.of("being shipped");
    }
  }

  private static Map<String, S3Object> objects() {
    Map<String, S3Object> objects = new TreeMap<>();
    s3.listObjectsV2Paginator(list -> list.bucket(BUCKET))
        .contents()
        .forEach(object -> objects.put(object.key(), object));
    return objects;
  }

  private static long rows() throws IOException {
    long rows = 0;
    for (String key : objects().keySet()) {
      if (key.endsWith(".jsonl.gz")) {
        byte[] bytes = s3.getObjectAsBytes(get -> get.bucket(BUCKET).key(key)).asByteArray();
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
          rows += new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().count();
        }
      }
    }
    return rows;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> walked = Files.walk(from)) {
      for (Path file : walked.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }
}
