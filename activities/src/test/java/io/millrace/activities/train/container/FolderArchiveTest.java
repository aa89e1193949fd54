package io.millrace.activities.train.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderArchiveTest {
  @TempDir Path work;

  @Test
  void unpack_ofAPackedFolder_givesItBack() throws Exception {
    Path folder = Files.createDirectories(work.resolve("a/empty")).getParent();
    Files.createDirectories(folder.resolve("deep"));
    Files.write(folder.resolve("deep/state"), new byte[] {1, 2, 3});
    byte[] packed = FolderArchive.pack(folder, 100);
    assertThat(FolderArchive.pack(folder, 100)).isEqualTo(packed);
    Path back = work.resolve("back");
    FolderArchive.unpack(packed, back);
    assertThat(back.resolve("deep/state")).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(back.resolve("empty")).isEmptyDirectory();
    FolderArchive.delete(back);
    assertThat(back).doesNotExist();
  }

  @Test
  void pack_ofALinkOrTooMuch_isRefused() throws Exception {
    Path folder = Files.createDirectories(work.resolve("b"));
    Files.write(folder.resolve("large"), new byte[11]);
    assertThatThrownBy(() -> FolderArchive.pack(folder, 10))
        .isInstanceOf(IOException.class)
        .hasMessage("11 bytes (expected: at most 10)");
    Files.createSymbolicLink(folder.resolve("a-link"), Path.of("/etc/passwd"));
    assertThatThrownBy(() -> FolderArchive.pack(folder, 100))
        .isInstanceOf(IOException.class)
        .hasMessage("a-link (expected: a plain file)");
  }

  @Test
  void unpack_ofAPathOutside_isRefused() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("../out"));
      zip.closeEntry();
    }
    assertThatThrownBy(() -> FolderArchive.unpack(bytes.toByteArray(), work.resolve("c")))
        .isInstanceOf(IOException.class)
        .hasMessage("../out (expected: a path inside the folder)");
    assertThat(work.resolve("out")).doesNotExist();
  }
}
