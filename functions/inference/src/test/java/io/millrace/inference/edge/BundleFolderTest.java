package io.millrace.inference.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleFolderTest {
  @TempDir Path dir;
  private KeyPair pair;

  @BeforeEach
  void sign() throws IOException, GeneralSecurityException {
    pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Files.createDirectories(dir.resolve("lib"));
    Files.writeString(dir.resolve("lib/a.jar"), "classes");
    BundleManifest.Entry file =
        new BundleManifest.Entry(
            "lib/a.jar", 7, BundleFolder.sha256(dir.resolve("lib/a.jar")), false);
    BundleManifest manifest =
        new BundleManifest(1, "credit", 3, "d".repeat(64), "linux-x64", "java", List.of(file));
    Files.write(dir.resolve("manifest.json"), manifest.toJson());
    Files.writeString(
        dir.resolve("manifest.sig"), Signatures.sign(manifest.toJson(), pair.getPrivate()));
    Files.writeString(
        dir.resolve("key.pub"), Signatures.pem("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  @Test
  void verify_ofWhatWasSigned_passes_whateverLiesInTheSpool() throws IOException {
    Files.createDirectories(dir.resolve("spool/parts"));
    Files.writeString(dir.resolve("spool/parts/x.jsonl.gz"), "later");
    assertThat(new BundleFolder(dir).verify(null).version()).isEqualTo(3);
    assertThat(new BundleFolder(dir).verify(pair.getPublic()).model()).isEqualTo("credit");
  }

  @Test
  void verify_findsWhatWasChangedAddedOrTaken() throws IOException {
    Files.writeString(dir.resolve("lib/a.jar"), "clAsses");
    refused("lib/a.jar: another content (expected: sha256 ");
    Files.writeString(dir.resolve("lib/a.jar"), "more classes");
    refused("lib/a.jar: 12 bytes (expected: 7)");
    Files.delete(dir.resolve("lib/a.jar"));
    refused("lib/a.jar: missing");
    Files.createSymbolicLink(dir.resolve("lib/a.jar"), Path.of("/etc/hostname"));
    refused("lib/a.jar: unknown");
    Files.delete(dir.resolve("lib/a.jar"));
    Files.writeString(dir.resolve("lib/a.jar"), "classes");
    Files.writeString(dir.resolve("lib/b.jar"), "evil");
    refused("lib/b.jar: unknown (expected: only what the manifest lists)");
  }

  @Test
  void verify_findsAnotherManifest_andAnotherSigner() throws Exception {
    KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    assertThatThrownBy(() -> new BundleFolder(dir).verify(other.getPublic()))
        .isInstanceOf(BundleInvalid.class)
        .hasMessageStartingWith("manifest.sig: not of this manifest by key ");
    String json = Files.readString(dir.resolve("manifest.json"));
    Files.writeString(
        dir.resolve("manifest.json"), json.replace("\"version\" : 3", "\"version\" : 4"));
    refused("manifest.sig: not of this manifest");
    Files.writeString(dir.resolve("manifest.sig"), "?");
    refused("manifest.sig: cannot be read");
  }

  @Test
  void manifest_withAPathThatLeavesTheFolder_isRefused() {
    for (String path :
        List.of(
            "../x", "/etc/passwd", "a/../../x", "a//b", ".ssh/x", "a/./b", "a\\b", "", "a/..")) {
      BundleManifest manifest =
          new BundleManifest(
              1,
              "credit",
              1,
              "d",
              "linux-x64",
              "java",
              List.of(new BundleManifest.Entry(path, 1, "a".repeat(64), false)));
      assertThatThrownBy(() -> BundleManifest.fromJson(manifest.toJson()))
          .as(path)
          .isInstanceOf(BundleInvalid.class)
          .hasMessageContaining("files.path: " + path);
    }
    assertThatThrownBy(() -> BundleManifest.fromJson("{\"x\":1}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(BundleInvalid.class);
  }

  @Test
  void config_namesEveryWrongSetting() {
    assertThatThrownBy(
            () -> EdgeConfig.from(Map.of("PORT", "70000", "MILLRACE_SPOOL_MB", "x"), dir))
        .hasMessage(
            "PORT: 70000 (expected: 0..65535); MILLRACE_SPOOL_MB: x (expected: 1..1048576)");
    assertThat(EdgeConfig.from(Map.of(), dir).spool()).isEqualTo(dir.resolve("spool"));
  }

  private void refused(String message) {
    assertThatThrownBy(() -> new BundleFolder(dir).verify(null))
        .isInstanceOf(BundleInvalid.class)
        .hasMessageContaining(message);
  }
}
