package io.millrace.inference.runtime;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks ONNX Runtime's libraries once per user instead of at every start: 28 MB, which is half of
 * a cold start. Does nothing where {@code onnxruntime.native.path} is set, on other platforms than
 * Linux, or where the home folder cannot be written: ONNX Runtime unpacks by itself then.
 */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
  private static final String PATH = "onnxruntime.native.path";
  private static final List<String> FILES = List.of("libonnxruntime.so", "libonnxruntime4j_jni.so");

  private NativeLibrary() {}

  static synchronized void prepare() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    if (System.getProperty(PATH) != null || !os.contains("linux")) {
      return;
    }
    String platform =
        switch (arch) {
          case "amd64", "x86_64" -> "linux-x64";
          case "aarch64" -> "linux-aarch64";
          default -> "";
        };
    String version = OrtEnvironment.class.getPackage().getImplementationVersion();
    if (platform.isEmpty() || version == null) {
      return;
    }
    Path home = Path.of(System.getProperty("user.home", "/nowhere"));
    Path dir = home.resolve(".cache/millrace/native/onnxruntime-" + version + "-" + platform);
    try {
      if (!Files.isDirectory(dir)) {
        unpack("/ai/onnxruntime/native/" + platform + "/", dir);
      }
      if (complete("/ai/onnxruntime/native/" + platform + "/", dir)) {
        System.setProperty(PATH, dir.toString());
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("{} cannot be written, ONNX Runtime unpacks to the temporary folder", dir, e);
    }
  }

  private static boolean complete(String resources, Path dir) throws IOException {
    for (String file : FILES) {
      URL url = OrtEnvironment.class.getResource(resources + file);
      Path path = dir.resolve(file);
      if (url == null
          || !Files.isRegularFile(path)
          || Files.size(path) != url.openConnection().getContentLengthLong()) {
        return false;
      }
    }
    return true;
  }

  private static void unpack(String resources, Path dir) throws IOException {
    Path parent = dir.getParent();
    Files.createDirectories(parent);
    // made aside and moved as a whole: two processes may start at once
    Path aside =
        Files.createTempDirectory(
            parent,
            "unpacking-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    for (String file : FILES) {
      try (@Nullable InputStream in = OrtEnvironment.class.getResourceAsStream(resources + file)) {
        if (in == null) {
          throw new IOException(resources + file + " is not on the class path");
        }
        Files.copy(in, aside.resolve(file));
      }
    }
    try {
      Files.move(aside, dir, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException lostTheRace) {
      for (String file : FILES) {
        Files.deleteIfExists(aside.resolve(file));
      }
      Files.deleteIfExists(aside);
      if (!Files.isDirectory(dir)) {
        throw lostTheRace;
      }
    }
  }
}
