package io.millrace.activities.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * ONNX Runtime's jar in two: its classes, and the libraries of one platform.
 *
 * @param classes the jar without any library
 * @param libraries files beside it
 */
record EngineJar(Path classes, List<Path> libraries) {
  /** Any fixed time: equal content gives equal bytes. */
  private static final LocalDateTime TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private static final String NATIVE = "ai/onnxruntime/native/";

  /**
   * Splits a jar, once.
   *
   * @param target folder of the parts, named by the jar's digest
   * @param platform such as {@code linux-x64}
   */
  static EngineJar split(Path jar, Path target, String platform) throws IOException {
    Path classes = target.resolve(String.valueOf(jar.getFileName()));
    Path libraries = target.resolve(platform);
    if (!Files.isDirectory(target)) {
      Path aside = Files.createTempDirectory(target.toAbsolutePath().getParent(), "splitting-");
      Files.createDirectories(aside.resolve(platform));
      try (ZipFile zip = new ZipFile(jar.toFile());
          OutputStream out = Files.newOutputStream(aside.resolve(classes.getFileName()));
          ZipOutputStream to = new ZipOutputStream(out)) {
        List<? extends ZipEntry> entries =
            zip.stream()
                .filter(entry -> !entry.isDirectory())
                .sorted(Comparator.comparing(ZipEntry::getName))
                .toList();
        for (ZipEntry entry : entries) {
          try (InputStream in = zip.getInputStream(entry)) {
            if (!entry.getName().startsWith(NATIVE)) {
              add(to, entry.getName(), in);
            } else if (entry.getName().startsWith(NATIVE + platform + "/")
                && entry.getName().endsWith(".so")) {
              String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
              Files.copy(in, aside.resolve(platform).resolve(name));
            }
          }
        }
      }
      publish(aside, target);
    }
    try (Stream<Path> files = Files.list(libraries)) {
      List<Path> found = files.sorted().toList();
      if (found.isEmpty()) {
        throw new IOException(jar + " has no libraries of " + platform);
      }
      return new EngineJar(classes, found);
    }
  }

  /** Another process may have been quicker; its parts are as good. */
  private static void publish(Path aside, Path target) throws IOException {
    try {
      Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isDirectory(target)) {
        throw e;
      }
      try (Stream<Path> left = Files.walk(aside)) {
        for (Path file : left.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** A folder as a jar. */
  static Path pack(Path folder, Path jar) throws IOException {
    Path part = Files.createTempFile(jar.toAbsolutePath().getParent(), "packing-", ".part");
    try (OutputStream out = Files.newOutputStream(part);
        ZipOutputStream to = new ZipOutputStream(out);
        Stream<Path> all = Files.walk(folder)) {
      List<Path> files = new ArrayList<>(all.filter(Files::isRegularFile).toList());
      files.sort(Comparator.comparing(file -> name(folder, file)));
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file)) {
          add(to, name(folder, file), in);
        }
      }
    }
    return Files.move(part, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String name(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  private static void add(ZipOutputStream to, String name, InputStream in) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    to.putNextEntry(entry);
    in.transferTo(to);
    to.closeEntry();
  }
}
