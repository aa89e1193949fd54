package io.millrace.activities.deploy.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.image.AppFiles;
import io.millrace.inference.model.TestPackages;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionZipTest {
  @TempDir Path dir;

  private static Map<String, Long> entries(FunctionZip zip) throws IOException {
    Map<String, Long> entries = new TreeMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.content()))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), (long) in.readAllBytes().length);
      }
    }
    return entries;
  }

  @Test
  void of_aVersion_hasWhatAFunctionNeedsAndNoServer_bitEqualEachTime() throws IOException {
    Path model = TestPackages.linear(Files.createDirectory(dir.resolve("model")));
    FunctionZip zip = FunctionZip.of(AppFiles.ofThisProcess(dir.resolve("a")), model);
    Map<String, Long> entries = entries(zip);
    assertThat(entries)
        .containsKeys("model/model.json", "model/model.onnx", "native/libonnxruntime.so");
    assertThat(entries.keySet())
        .anyMatch(name -> name.matches("lib/millrace-inference[^/]*\\.jar"))
        .contains("lib/libraries.jar")
        .noneMatch(name -> name.contains("helidon") || name.contains("temporal"));
    assertThat(zip.sizeBytes()).isLessThan(80L << 20).isGreaterThan(28L << 20);
    assertThat(entries.values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(zip.sizeBytes());

    FunctionZip again = FunctionZip.of(AppFiles.ofThisProcess(dir.resolve("b")), model);
    assertThat(again.codeSha256()).isEqualTo(zip.codeSha256());
    Path other = TestPackages.linear(Files.createDirectory(dir.resolve("other")), 1);
    assertThat(FunctionZip.of(AppFiles.ofThisProcess(dir.resolve("a")), other).codeSha256())
        .isNotEqualTo(zip.codeSha256());
  }
}
