package io.millrace.activities.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayStoreTest {
  @TempDir Path folder;
  private FileStore base;
  private OverlayStore overlay;

  @BeforeEach
  void open() {
    base = new FileStore(folder.resolve("base"));
    base.put("a/old", new byte[] {1});
    overlay = new OverlayStore(base, new FileStore(folder.resolve("top")));
  }

  @Test
  void writes_areSeenOverWhatWasThere_andTheOtherStoreStays() throws Exception {
    assertThat(overlay.create("a/old", new byte[] {9})).isFalse();
    assertThat(overlay.create("a/new", new byte[] {2})).isTrue();
    overlay.put("a/old", new byte[] {3});
    Path file = folder.resolve("file");
    overlay.fetch("a/old", file);

    assertThat(overlay.get("a/old")).hasValue(new byte[] {3});
    assertThat(Files.readAllBytes(file)).containsExactly(3);
    assertThat(overlay.list("a/")).containsExactly("a/new", "a/old");
    assertThat(base.list("")).containsExactly("a/old");
    assertThat(base.get("a/old")).hasValue(new byte[] {1});
  }

  @Test
  void delete_takesBackWhatWasWrittenHere() {
    overlay.put("a/old", new byte[] {3});
    overlay.delete("a/old");

    assertThat(overlay.get("a/old")).hasValue(new byte[] {1});
    assertThat(overlay.sizeBytes("a/old")).hasValue(1L);
  }
}
