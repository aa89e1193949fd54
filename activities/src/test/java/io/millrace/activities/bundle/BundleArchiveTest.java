package io.millrace.activities.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.secret.Secrets;
import io.millrace.inference.edge.BundleFolder;
import io.millrace.inference.edge.BundleInvalid;
import io.millrace.inference.edge.BundleManifest;
import io.millrace.inference.edge.Signatures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleArchiveTest {
  private static final String LONG = "jre/lib/" + "d".repeat(80) + "/" + "f".repeat(60);

  @TempDir Path dir;
  private KeyPair pair;
  private Path file;
  private BundleManifest manifest;

  @BeforeEach
  void pack() throws IOException {
    pair = new SigningKeys(new Secrets(Map.of()), dir.resolve("keys")).pair(null);
    Path stage = Files.createDirectories(dir.resolve("stage/bin")).getParent();
    Files.writeString(stage.resolve("bin/run"), "#!/bin/sh\n");
    Files.createDirectories(stage.resolve(LONG).getParent());
    Files.writeString(stage.resolve(LONG), "x".repeat(512));
    manifest =
        new BundleManifest(
            1,
            "credit",
            2,
            "d".repeat(64),
            "linux-x64",
            "java",
            List.of(entry(stage, "bin/run", true), entry(stage, LONG, false)));
    file = dir.resolve("b.tar.gz");
    pack(stage, file);
  }

  private void pack(Path stage, Path to) throws IOException {
    byte[] json = manifest.toJson();
    BundleArchive.pack(
        stage,
        manifest,
        json,
        Signatures.sign(json, pair.getPrivate()),
        SigningKeys.pem(pair.getPublic()),
        to);
  }

  private static BundleManifest.Entry entry(Path stage, String path, boolean executable)
      throws IOException {
    return new BundleManifest.Entry(
        path,
        Files.size(stage.resolve(path)),
        BundleFolder.sha256(stage.resolve(path)),
        executable);
  }

  @Test
  void pack_twice_givesEqualBytes_thatOthersCanUnpack() throws Exception {
    pack(dir.resolve("stage"), dir.resolve("again.tar.gz"));
    assertThat(dir.resolve("again.tar.gz")).hasSameBinaryContentAs(file);
    Path into = Files.createDirectories(dir.resolve("tar"));
    Process tar =
        new ProcessBuilder("tar", "xzf", file.toString(), "-C", into.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    assertThat(new BundleFolder(into.resolve("credit-2")).verify(pair.getPublic()))
        .isEqualTo(manifest);
    assertThat(Files.isExecutable(into.resolve("credit-2/bin/run"))).isTrue();
  }

  @Test
  void unpack_writesWhatWasSigned() {
    BundleArchive.Checked checked =
        BundleArchive.unpack(file, pair.getPublic(), dir.resolve("out"));
    assertThat(checked.manifest()).isEqualTo(manifest);
    assertThat(new BundleFolder(dir.resolve("out/credit-2")).verify(null)).isEqualTo(manifest);
    assertThatThrownBy(() -> BundleArchive.unpack(file, null, dir.resolve("out")))
        .isInstanceOf(BundleInvalid.class)
        .hasMessageContaining("is there (expected: nothing)");
  }

  @Test
  void verify_ofDamagedBytes_saysSo_andUnpackLeavesNothing() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int at = 20; at < whole.length; at += 37) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(dir.resolve("damaged"), damaged);
      assertThatThrownBy(
              () -> BundleArchive.unpack(dir.resolve("damaged"), null, dir.resolve("no")))
          .isInstanceOf(BundleInvalid.class);
      assertThat(dir.resolve("no/credit-2")).doesNotExist();
    }
    Files.write(dir.resolve("cut"), java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> BundleArchive.verify(dir.resolve("cut"), null))
        .isInstanceOf(BundleInvalid.class);
  }

  @Test
  void unpack_ofFilesThatNobodySigned_refusesThemBeforeTheyAreWritten() throws IOException {
    byte[] json = manifest.toJson();
    String signature = Signatures.sign(json, pair.getPrivate());
    String key = SigningKeys.pem(pair.getPublic());
    for (String path : List.of("credit-2/../../evil", "/tmp/evil", "credit-2/bin/other")) {
      Path evil = dir.resolve("evil.tar.gz");
      try (TarWriter tar = new TarWriter(new GZIPOutputStream(Files.newOutputStream(evil)), 0)) {
        add(tar, "credit-2/manifest.json", new String(json, StandardCharsets.UTF_8));
        add(tar, "credit-2/manifest.sig", signature);
        add(tar, "credit-2/key.pub", key);
        add(tar, path, "evil");
      }
      assertThatThrownBy(() -> BundleArchive.unpack(evil, null, dir.resolve("o/u")))
          .isInstanceOf(BundleInvalid.class)
          .hasMessage("archive: " + path + " (expected: only what the manifest lists, once)");
      assertThat(dir.resolve("o/evil")).doesNotExist();
      assertThat(dir.resolve("o/u/credit-2")).doesNotExist();
    }
  }

  private static void add(TarWriter tar, String path, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tar.add(path, bytes.length, false, new ByteArrayInputStream(bytes));
  }

  @Test
  void key_ofThisMachine_isMadeOnce_andOnlyItsOwnerMayReadIt() throws IOException {
    KeyPair again = new SigningKeys(new Secrets(Map.of()), dir.resolve("keys")).pair(null);
    assertThat(again.getPublic()).isEqualTo(pair.getPublic());
    assertThat(
            java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(dir.resolve("keys/bundle.pem"))))
        .isEqualTo("rw-------");
    assertThat(Signatures.publicKey(Files.readAllBytes(dir.resolve("keys/bundle.pub"))))
        .isEqualTo(pair.getPublic());
  }

  @Test
  void key_byReference_isUsed_andABadOneIsNotRepeated() throws IOException {
    String pem = Files.readString(dir.resolve("keys/bundle.pem"));
    SigningKeys keys =
        new SigningKeys(new Secrets(Map.of("GOOD", pem, "BAD", "hunter2")), dir.resolve("others"));
    assertThat(keys.pair("secret:env:GOOD").getPublic()).isEqualTo(pair.getPublic());
    assertThatThrownBy(() -> keys.pair("secret:env:BAD"))
        .hasMessageContaining("secret:env:BAD: (expected: an Ed25519 private key")
        .hasMessageNotContaining("hunter2");
    assertThat(dir.resolve("others")).doesNotExist();
  }
}
