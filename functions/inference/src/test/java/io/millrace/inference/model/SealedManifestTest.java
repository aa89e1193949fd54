package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedManifestTest {
  private static final ModelManifest EVERYTHING =
      new ModelManifest(
          1,
          "crédit",
          "multiclass",
          "mlp",
          List.of(
              new Feature("a", Feature.Kind.NUMBER, true, -1.5, 2e300, null, 0.0),
              new Feature("b", Feature.Kind.NUMBER, false, null, null, Double.MIN_VALUE, null),
              new Feature("c", Feature.Kind.CATEGORY, true, null, null, null, null),
              new Feature("", Feature.Kind.NUMBER, false, null, null, null, null),
              new Feature("e", Feature.Kind.CATEGORY, false, null, null, null, null)),
          List.of(
              new Encoding.Standard(0.1, 2, -0.0, true),
              new Encoding.PiecewiseLinear(List.of(1.0, 2.0, 4.5), 3, false),
              new Encoding.OneHot(List.of("", "ü", "z")),
              new Encoding.Raw(),
              new Encoding.Index(List.of("x"))),
          11,
          new ModelManifest.Graph("model.onnx", "0".repeat(64), "x", "y"),
          new ModelManifest.Output("target", List.of("no", "yes", "perhaps"), 0.25));

  @TempDir Path dir;

  @Test
  void read_ofWhatWasWritten_isTheSame() {
    SealedManifest sealed = new SealedManifest("f".repeat(64), EVERYTHING);
    assertThat(SealedManifest.read(sealed.write())).isEqualTo(sealed);
    assertThat(SealedManifest.read(sealed.write()).write()).isEqualTo(sealed.write());
  }

  @Test
  void of_aPackage_hasWhatItsManifestSaysAndItsDigest() throws IOException {
    TestPackages.linear(dir);
    SealedManifest sealed = SealedManifest.of(PackageContents.read(dir));
    assertThat(sealed.digest()).isEqualTo(PackageFiles.digest(dir));
    assertThat(sealed.manifest())
        .isEqualTo(ManifestJson.read(Files.readAllBytes(dir.resolve(PackageFiles.MANIFEST))));
  }

  @Test
  void of_aGraphThatIsNotTheManifests_isRefused() throws IOException {
    TestPackages.linear(dir);
    Path graph = dir.resolve(PackageFiles.GRAPH);
    byte[] bytes = Files.readAllBytes(graph);
    bytes[bytes.length / 2] ^= 1;
    Files.write(graph, bytes);
    assertThatThrownBy(() -> SealedManifest.of(PackageContents.read(dir)))
        .isInstanceOf(PackageInvalid.class)
        .hasMessageContaining("model.onnx: sha256 ");
  }

  @Test
  void read_cutAnywhere_orWithMoreBehind_isRefused() {
    byte[] bytes = new SealedManifest("f".repeat(64), EVERYTHING).write();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> SealedManifest.read(cut)).isInstanceOf(PackageInvalid.class);
    }
    assertThatThrownBy(() -> SealedManifest.read(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(PackageInvalid.class)
        .hasMessage(
            "sealed manifest: "
                + (bytes.length + 1)
                + " bytes (expected: one that this build wrote)");
  }
}
