package io.millrace.activities.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinedJarTest {
  @TempDir Path dir;

  @Test
  void of_classesOfOneName_takesTheFirstOnTheClassPath() throws IOException {
    Path one = jar("one.jar", Map.of("a/A.class", "first"));
    Path two = jar("two.jar", Map.of("a/A.class", "second", "a/B.class", "b"));
    assertThat(joined(one, two)).isEqualTo(Map.of("a/A.class", "first", "a/B.class", "b"));
    assertThat(joined(two, one)).containsEntry("a/A.class", "second");
  }

  @Test
  void of_multiRelease_takesWhatJava25Loads() throws IOException {
    Path jar =
        jar(
            "many.jar",
            Map.of(
                "META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\nMulti-Release: true\n",
                "a/A.class",
                "old",
                "META-INF/versions/17/a/A.class",
                "17",
                "META-INF/versions/21/a/A.class",
                "21",
                "META-INF/versions/99/a/A.class",
                "later"));
    assertThat(joined(jar)).isEqualTo(Map.of("a/A.class", "21"));
  }

  @Test
  void of_servicesAndLicences_keepsThoseOfEveryJar() throws IOException {
    Path one = jar("one.jar", Map.of("META-INF/services/s.S", "x.X", "META-INF/LICENSE", "mine"));
    Path two =
        jar(
            "two.jar",
            Map.of(
                "META-INF/services/s.S",
                "y.Y\n",
                "META-INF/LICENSE",
                "yours",
                "META-INF/KEY.RSA",
                "signed",
                "module-info.class",
                "module"));
    assertThat(joined(one, two))
        .isEqualTo(
            Map.of(
                "META-INF/services/s.S",
                "x.X\ny.Y\n\n",
                "META-INF/licenses/one.jar/LICENSE",
                "mine",
                "META-INF/licenses/two.jar/LICENSE",
                "yours"));
  }

  @Test
  void of_equalJars_givesEqualBytesAndOtherJarsAnotherFile() throws IOException {
    Path one = jar("one.jar", Map.of("a/A.class", "a", "b/B.class", "b"));
    Path here = JoinedJar.of(List.of(one), Files.createDirectory(dir.resolve("here")));
    Path there = JoinedJar.of(List.of(one), Files.createDirectory(dir.resolve("there")));
    assertThat(there).hasSameBinaryContentAs(here);
    assertThat(JoinedJar.of(List.of(one), dir.resolve("here"))).isEqualTo(here);
    Path two = jar("two.jar", Map.of("a/A.class", "other"));
    assertThat(JoinedJar.of(List.of(two), dir.resolve("here"))).isNotEqualTo(here);
  }

  private Map<String, String> joined(Path... jars) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (ZipFile zip = new ZipFile(JoinedJar.of(List.of(jars), dir).toFile())) {
      for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          found.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return found;
  }

  private Path jar(String name, Map<String, String> entries) throws IOException {
    Path jar = dir.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      // a manifest is read only as the first entry
      for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return jar;
  }
}
