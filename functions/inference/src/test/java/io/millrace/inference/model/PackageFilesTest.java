package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageFilesTest {
  @TempDir Path dir;

  @Test
  void digest_isOfTheSortedListing() throws IOException {
    Files.writeString(dir.resolve("model.onnx"), "b");
    Files.writeString(dir.resolve("model.json"), "a");
    String listing =
        "model.json ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n"
            + "model.onnx 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d\n";
    assertThat(PackageFiles.digest(dir))
        .isEqualTo(PackageFiles.sha256(listing.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void digest_refusesFoldersAndLinks() throws IOException {
    assertThatThrownBy(() -> PackageFiles.digest(dir))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("is empty (expected: model.json)");
    Files.createSymbolicLink(dir.resolve("model.json"), Path.of("model.onnx"));
    assertThatThrownBy(() -> PackageFiles.digest(dir))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("model.json (expected: plain files only)");
    assertThatThrownBy(() -> PackageFiles.digest(dir.resolve("none")))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("none (expected: a folder)");
  }
}
