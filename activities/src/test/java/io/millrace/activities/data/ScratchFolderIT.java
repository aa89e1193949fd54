package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Raw rows end with their ingest, or with the start of the next process. */
class ScratchFolderIT {
  @TempDir private Path root;

  /** Holds a folder until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      try (ScratchFolder folder = ScratchFolder.open(Path.of(args[0]))) {
        Files.writeString(folder.path().resolve("source-0"), "raw rows");
        System.out.println(folder.path());
        int end = System.in.read();
        System.exit(end);
      }
    }
  }

  @Test
  void aFolder_goesWithItsIngest() throws Exception {
    try (ScratchFolder folder = ScratchFolder.open(root)) {
      Files.createDirectories(folder.path().resolve("spill"));
      Files.writeString(folder.path().resolve("spill/x"), "raw");
      assertThat(ScratchFolder.clear(root)).as("held by this process").isZero();
      assertThat(folder.path().resolve("spill/x")).exists();
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void aFolderOfNobody_isCleared() throws Exception {
    Files.createDirectories(root.resolve("a/source"));
    Files.writeString(root.resolve("a/source/source-0"), "raw rows");
    Files.createDirectories(root.resolve("b"));
    Files.createFile(root.resolve("b.lock"));
    Files.createFile(root.resolve("c.lock"));
    assertThat(ScratchFolder.clear(root)).isEqualTo(3);
    assertThat(root).isEmptyDirectory();
    assertThat(ScratchFolder.clear(root.resolve("nowhere"))).isZero();
  }

  @Test
  void aFolderOfAnotherProcess_isClearedOnceThatIsKilled() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                Holder.class.getName(),
                root.toString()));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process holder = builder.start();
    try (BufferedReader out = holder.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.startsWith(root.toRealPath().toString())) {
        line = out.readLine(); // a logger may speak first
      }
      Path raw = Path.of(String.valueOf(line)).resolve("source-0");
      assertThat(ScratchFolder.clear(root)).isZero();
      assertThat(raw).exists();
      holder.destroyForcibly().waitFor();
      assertThat(raw).exists();
      assertThat(ScratchFolder.clear(root)).isEqualTo(1);
      assertThat(root).isEmptyDirectory();
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }
}
