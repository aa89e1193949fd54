package io.millrace.infra.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Image;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.millrace.activities.compute.DockerClients;
import io.millrace.activities.deploy.lambda.FunctionCache;
import io.millrace.activities.deploy.lambda.FunctionMeter;
import io.millrace.activities.gate.TargetMeter.Measured;
import io.millrace.activities.gate.TargetMeter.TargetUnmeasured;
import io.millrace.activities.image.AppFiles;
import io.millrace.activities.image.ModelImage;
import io.millrace.activities.image.ModelImages;
import io.millrace.activities.store.FileStore;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.spec.TargetSpec;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Functions in their runtime's image, on real Docker. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FunctionMeterIT {
  private static final DockerClient DOCKER = DockerClients.open();
  private static final DockerClient NOWHERE =
      DockerClientImpl.getInstance(
          DefaultDockerClientConfig.createDefaultConfigBuilder()
              .withDockerHost("tcp://127.0.0.1:1")
              .build(),
          new ZerodepDockerHttpClient.Builder()
              .dockerHost(URI.create("tcp://127.0.0.1:1"))
              .build());
  private static final byte[] BODY =
      "{\"instances\":[{\"age\":50,\"income\":1500,\"city\":\"berlin\"}]}"
          .getBytes(StandardCharsets.UTF_8);
  private static final String NAME = "metered";
  private static final String HANDLER =
      "io.millrace.inference.lambda.InferenceHandler::handleRequest";
  private static final String BASE = "millrace/lambda-java:25";

  @TempDir Path home;

  private static TargetSpec lambda(String memory) {
    return lambda(memory, "zip");
  }

  private static TargetSpec lambda(String memory, String form) {
    return new TargetSpec(
        null,
        new TargetSpec.Lambda(
            memory, Duration.ofSeconds(10), form, 0, null, "off", "iam", null, null),
        null,
        null,
        null,
        null);
  }

  private FunctionMeter meter(DockerClient docker) {
    ModelImages images = new ModelImages(home, AppFiles.ofThisProcess(home), () -> docker);
    return new FunctionMeter(images, cache(images, docker, "scratch"), () -> BASE, () -> docker);
  }

  private FunctionCache cache(ModelImages images, DockerClient docker, String scratch) {
    FileStore store = new FileStore(home.resolve("store"));
    return new FunctionCache(store, images, () -> docker, home.resolve(scratch));
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(
            DOCKER
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(List.of("io.millrace.meter"))
                .exec())
        .isEmpty();
    assertThat(
            DOCKER.listImagesCmd().exec().stream()
                .map(Image::getRepoTags)
                .filter(Objects::nonNull)
                .flatMap(Arrays::stream))
        .noneMatch(tag -> tag.contains(NAME));
  }

  @Test
  void measure_ofAPackage_startsItAndAsksItWithTheMemoryOfTheSpec() throws Exception {
    Path dir = TestPackages.linear(home.resolve("package"));
    AtomicInteger beats = new AtomicInteger();
    Measured measured =
        meter(DOCKER)
            .measure(
                new ModelRef(NAME, 1, PackageFiles.digest(dir)),
                dir,
                lambda("512MB"),
                List.of(BODY),
                beats::incrementAndGet);
    assertThat(measured.cold()).hasSize(20).allMatch(millis -> millis > 0);
    assertThat(measured.warm()).hasSize(2000).allMatch(millis -> millis > 0);
    // a start opens a JVM and a model: no warm median comes near
    assertThat(measured.cold().stream().min(Double::compare).orElseThrow())
        .isGreaterThan(measured.warm().stream().sorted().toList().get(1000));
    assertThat(measured.megabytes()).isBetween(30.0, 512.0);
    assertThat(measured.where()).contains("512MB");
    assertThat(beats).hasValueGreaterThan(2000);
  }

  @Test
  void with_ofTheFirstImage_rehearsesIt_andEveryWorkerTakesTheSameCacheFromTheStore()
      throws Exception {
    Path dir = TestPackages.linear(home.resolve("package"));
    ModelImage plain =
        ModelImage.function(BASE, new ModelRef(NAME, 1, PackageFiles.digest(dir)), dir, HANDLER);
    ModelImages images = new ModelImages(home, AppFiles.ofThisProcess(home), () -> DOCKER);
    Path made = cached(cache(images, DOCKER, "one").with(plain));
    assertThat(made)
        .isNotNull()
        .satisfies(file -> assertThat(Files.size(file)).isGreaterThan(5 << 20));
    // another worker, which has no engine
    Path taken = cached(cache(images, NOWHERE, "two").with(plain));
    assertThat(taken).isNotEqualTo(made).hasSameBinaryContentAs(made);

    // what it is for: classes come out of it, and a start is shorter
    assertThat(loadedClasses(images, plain.withFile("/var/task/app.aot", made)))
        .contains("io.millrace.inference.lambda.FunctionMain source: shared objects file");
    assertThat(loadedClasses(images, plain))
        .containsPattern("io.millrace.inference.lambda.FunctionMain source: file:");
  }

  @Test
  void with_withoutAnEngine_leavesImagesAsTheyAre_forEveryWorker() throws Exception {
    Path dir = TestPackages.linear(home.resolve("package"));
    ModelImage plain =
        ModelImage.function(
            "tar:" + Files.createFile(home.resolve("base.tar")),
            new ModelRef(NAME, 1, PackageFiles.digest(dir)),
            dir,
            HANDLER);
    ModelImages images = new ModelImages(home, AppFiles.ofThisProcess(home), () -> NOWHERE);
    assertThat(cache(images, NOWHERE, "one").with(plain)).isEqualTo(plain);
    // a worker with an engine would make another image of the same version
    assertThat(cache(images, DOCKER, "two").with(plain)).isEqualTo(plain);
  }

  /** What its JVM says of the classes that it loads until it finds no platform. */
  private static String loadedClasses(ModelImages images, ModelImage image) throws Exception {
    String reference = images.toDocker(image).reference();
    String id =
        DOCKER
            .createContainerCmd(reference)
            .withEntrypoint("/var/runtime/bootstrap")
            .withEnv("JAVA_TOOL_OPTIONS=-Xlog:class+load")
            .exec()
            .getId();
    StringBuilder text = new StringBuilder();
    try {
      DOCKER.startContainerCmd(id).exec();
      DOCKER
          .logContainerCmd(id)
          .withStdOut(true)
          .withFollowStream(true)
          .exec(
              new ResultCallback.Adapter<Frame>() {
                @Override
                public void onNext(Frame frame) {
                  text.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
                }
              })
          .awaitCompletion(60, TimeUnit.SECONDS);
    } finally {
      DOCKER.removeContainerCmd(id).withForce(true).exec();
      DOCKER.removeImageCmd(reference).exec();
    }
    return text.toString();
  }

  private static @Nullable Path cached(ModelImage image) {
    return image.files().get("/var/task/app.aot");
  }

  @Test
  void measure_ofAnAnswerThatIsNoPrediction_quotesIt() throws Exception {
    Path dir = TestPackages.linear(home.resolve("package"));
    assertThatThrownBy(
            () ->
                meter(DOCKER)
                    .measure(
                        new ModelRef(NAME, 1, PackageFiles.digest(dir)),
                        dir,
                        lambda("512MB"),
                        List.of("{\"instances\":[{\"age\":500}]}".getBytes(StandardCharsets.UTF_8)),
                        () -> {}))
        .isInstanceOf(TargetUnmeasured.class)
        .hasMessageContaining("the function answers {\"status\":400")
        .hasMessageContaining("age: 500 (expected: a number in 0..120)");
  }

  @Test
  void measure_withoutAnEngine_saysWhatToDo() throws Exception {
    Path dir = TestPackages.linear(home.resolve("package"));
    assertThatThrownBy(
            () ->
                meter(NOWHERE)
                    .measure(
                        new ModelRef(NAME, 1, PackageFiles.digest(dir)),
                        dir,
                        lambda("512MB"),
                        List.of(BODY),
                        () -> {}))
        .isInstanceOf(TargetUnmeasured.class)
        .hasMessageContaining("docker: ")
        .hasMessageEndingWith("; start Docker on the worker's machine, or say on: here");
  }
}
