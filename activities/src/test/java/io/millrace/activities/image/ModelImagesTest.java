package io.millrace.activities.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.model.PackageContents;
import io.millrace.inference.model.PackageFiles;
import io.millrace.inference.model.SealedManifest;
import io.millrace.inference.model.TestPackages;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs neither an engine nor a registry: the base is an archive of one small layer. */
class ModelImagesTest {
  @TempDir Path home;
  private String base = "";
  private Path packageDir = Path.of("");
  private ModelRef version = new ModelRef("credit.default", 3, "0".repeat(64));

  @BeforeEach
  void makeBaseAndPackage() throws IOException {
    Path tar = home.resolve("base.tar");
    writeBase(tar);
    base = "tar:" + tar;
    packageDir = TestPackages.linear(Files.createDirectory(home.resolve("package")));
    version = new ModelRef("credit.default", 3, PackageFiles.digest(packageDir));
  }

  @Test
  void toTar_ofEqualInputs_givesTheSameImageWhereverItIsMade() throws IOException {
    ModelImages.Built one = images("one").toTar(image(), home.resolve("one.tar"));
    ModelImages.Built two = images("two").toTar(image(), home.resolve("two.tar"));
    assertThat(one).isEqualTo(two);
    assertThat(one.imageId()).startsWith("sha256:");
    assertThat(Files.mismatch(home.resolve("one.tar"), home.resolve("two.tar"))).isEqualTo(-1);
  }

  @Test
  void toTar_ofAnotherPackage_givesAnotherImageAndName() throws IOException {
    ModelImages images = images("one");
    ModelImages.Built one = images.toTar(image(), home.resolve("one.tar"));
    Path other = TestPackages.linear(Files.createDirectory(home.resolve("other")), 1);
    ModelRef next = new ModelRef("credit.default", 3, PackageFiles.digest(other));
    ModelImages.Built two =
        images.toTar(ModelImage.server(base, next, other), home.resolve("two.tar"));
    assertThat(two.imageId()).isNotEqualTo(one.imageId());
    assertThat(two.reference()).isNotEqualTo(one.reference());
    assertThat(one.reference()).matches("millrace/credit-default:3-[0-9a-f]{12}");
  }

  @Test
  void toTar_writesWhatRunsIt_asNobodyAndWithoutAShell() throws IOException {
    Path file = home.resolve("image.tar");
    images("one").toTar(image(), file);
    Map<String, byte[]> entries = entries(Files.newInputStream(file));
    JsonNode manifest = json(entries.get("manifest.json")).get(0);
    JsonNode image = json(entries.get(manifest.path("Config").asText()));
    JsonNode config = image.path("config");
    assertThat(image.path("created").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(config.path("User").asText()).isEqualTo("65532:65532");
    assertThat(texts(config.path("Entrypoint")))
        .startsWith("java")
        .endsWith(ModelImage.MAIN)
        .contains("-Donnxruntime.native.path=/app/native");
    assertThat(texts(config.path("Healthcheck").path("Test")))
        .startsWith("CMD", "java")
        .endsWith(ModelImage.MAIN, "--healthcheck");
    assertThat(config.path("ExposedPorts").has("8080/tcp")).isTrue();
    assertThat(config.path("Labels").path("io.millrace.digest").asText())
        .isEqualTo(version.digest());
    assertThat(config.path("Labels").path("org.opencontainers.image.title").asText())
        .isEqualTo("credit.default");
    assertThat(config.path("Labels").path("org.opencontainers.image.version").asText())
        .isEqualTo("3");
    assertThat(texts(config.path("Env")))
        .contains("MILLRACE_MODEL_VERSION=3", "MILLRACE_MODEL_DIGEST=" + version.digest());

    List<String> files = new ArrayList<>();
    for (JsonNode layer : manifest.path("Layers")) {
      byte[] bytes = entries.get(layer.asText());
      files.addAll(entries(new GZIPInputStream(new ByteArrayInputStream(bytes))).keySet());
    }
    assertThat(files)
        .contains("hello", "model/model.json", "model/model.onnx")
        .contains("app/native/libonnxruntime.so", "app/native/libonnxruntime4j_jni.so")
        .noneMatch(name -> name.matches(".*(temporal|awssdk-ec2|djl|docker-java|duckdb).*"));
    String classPath =
        texts(config.path("Env")).stream()
            .filter(entry -> entry.startsWith("CLASSPATH="))
            .findFirst()
            .orElseThrow();
    for (String jar : classPath.substring("CLASSPATH=".length()).split(":")) {
      assertThat(files)
          .contains(jar.endsWith("config") ? "app/config/logback.xml" : jar.substring(1));
    }
  }

  @Test
  void function_keepsTheBasesEntrypoint_andHasNoHealthcheck() throws IOException {
    Path file = home.resolve("image.tar");
    images("one")
        .toTar(ModelImage.function(base, version, packageDir, "pkg.Handler::handle"), file);
    Map<String, byte[]> entries = entries(Files.newInputStream(file));
    JsonNode manifest = json(entries.get("manifest.json")).get(0);
    JsonNode config = json(entries.get(manifest.path("Config").asText())).path("config");
    assertThat(texts(config.path("Entrypoint"))).containsExactly("/bootstrap");
    assertThat(texts(config.path("Cmd"))).containsExactly("pkg.Handler::handle");
    assertThat(config.has("Healthcheck")).isFalse();
    assertThat(texts(config.path("Env")))
        .containsExactly("PATH=/opt/java/bin", "MILLRACE_SEALED=/var/task/model.sealed");
    Map<String, byte[]> files = new HashMap<>();
    for (JsonNode layer : manifest.path("Layers")) {
      byte[] bytes = entries.get(layer.asText());
      files.putAll(entries(new GZIPInputStream(new ByteArrayInputStream(bytes))));
    }
    assertThat(SealedManifest.read(files.get("var/task/model.sealed")))
        .isEqualTo(SealedManifest.of(PackageContents.read(packageDir)))
        .returns(version.digest(), SealedManifest::digest);
    assertThat(files.keySet())
        .contains("var/task/model/model.json", "var/task/model/model.onnx")
        .contains("var/task/native/libonnxruntime.so")
        .contains("var/runtime/bootstrap")
        .anyMatch(name -> name.startsWith("var/task/lib/") && name.contains("millrace-inference"))
        .contains("var/task/lib/libraries.jar")
        .as("a function has no server")
        .noneMatch(name -> name.matches(".*(helidon|jakarta|opentelemetry|logback).*"));
  }

  @Test
  void natives_areOutOfTheJar_soThatNothingIsUnpackedAtAStart() throws IOException {
    AppFiles.Found found = AppFiles.ofThisProcess(home).files();
    Path engine =
        found.jars().stream()
            .filter(jar -> jar.getFileName().toString().startsWith("onnxruntime-"))
            .findFirst()
            .orElseThrow();
    assertThat(Files.size(engine)).isLessThan(1 << 20);
    assertThat(found.natives()).hasSize(2);
  }

  @Test
  void toTar_ofABaseThatIsNoArchive_namesIt() throws IOException {
    Path broken = Files.writeString(home.resolve("broken.tar"), "nothing");
    ModelImage image = ModelImage.server("tar:" + broken, version, packageDir);
    assertThatThrownBy(() -> images("one").toTar(image, home.resolve("x.tar")))
        .hasMessageContaining("broken.tar")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.ENDPOINT_UNAVAILABLE));
  }

  private ModelImage image() {
    return ModelImage.server(base, version, packageDir);
  }

  private ModelImages images(String scratch) {
    return new ModelImages(
        home.resolve(scratch),
        AppFiles.ofThisProcess(home.resolve(scratch)),
        () -> {
          throw new AssertionError("no engine is needed");
        });
  }

  private static void writeBase(Path tar) throws IOException {
    byte[] layer = tar(Map.of("hello", "world".getBytes(StandardCharsets.UTF_8)));
    String config =
        """
        {"architecture":"amd64","os":"linux","created":"2020-01-01T00:00:00Z",
         "config":{"Entrypoint":["/bootstrap"],"Env":["PATH=/opt/java/bin"]},
         "rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"test"}]}
        """
            .formatted(PackageFiles.sha256(layer));
    String manifest =
        "[{\"Config\":\"config.json\",\"RepoTags\":[\"base:1\"],\"Layers\":[\"layer.tar\"]}]";
    Map<String, byte[]> all = new HashMap<>();
    all.put("config.json", config.getBytes(StandardCharsets.UTF_8));
    all.put("manifest.json", manifest.getBytes(StandardCharsets.UTF_8));
    all.put("layer.tar", layer);
    Files.write(tar, tar(all));
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = bytes;
        TarArchiveOutputStream to = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        to.putArchiveEntry(entry);
        to.write(file.getValue());
        to.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> entries(InputStream tar) throws IOException {
    Map<String, byte[]> entries = new HashMap<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(tar)) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), in.readAllBytes());
      }
    }
    return entries;
  }

  private static JsonNode json(byte[] bytes) throws IOException {
    return PayloadJson.mapper().readTree(bytes);
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
