package io.millrace.activities.bundle;

import io.millrace.inference.edge.EdgeMain;
import io.millrace.inference.model.PackageFiles;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The server's own classes and the jars they need, found on this process's class path by the list
 * that the build wrote into them.
 */
final class ServerJars {
  /** Written by functions/inference's build: {@code lib/a.jar:lib/b.jar}. */
  private static final String LIST = "/META-INF/millrace/inference.classpath";

  private static final String OWN = "millrace-inference.jar";
  private static final String ONNX = "onnxruntime-";
  private static final String NATIVES = "ai/onnxruntime/native/";

  /** The earliest that zip has; local, so that the time zone does not matter. */
  private static final LocalDateTime ZIP_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private ServerJars() {}

  /**
   * Copies the jars; equal versions give equal bytes.
   *
   * @param into a folder that is there
   * @param onnx whether ONNX Runtime is among them; its libraries for this platform then lie in
   *     {@code <into>/native}
   * @return the class path, names in {@code into}
   */
  static List<String> copy(Path into, boolean onnx, String platform) throws IOException {
    List<String> names = new ArrayList<>();
    own(into.resolve(OWN));
    names.add(OWN);
    Map<String, Path> there = classPath();
    for (String name : wanted()) {
      boolean runtime = name.startsWith(ONNX);
      Path jar = there.get(name);
      if (runtime && !onnx) {
        continue;
      }
      if (jar == null) {
        throw new IllegalStateException(
            "class path: no "
                + name
                + " (expected: the jars that functions/inference was built with)");
      }
      if (runtime) {
        without(jar, into.resolve(name));
        natives(jar, into.resolve("native"), platform);
      } else {
        Files.copy(jar, into.resolve(name));
      }
      names.add(name);
    }
    return names;
  }

  private static List<String> wanted() throws IOException {
    try (InputStream in = EdgeMain.class.getResourceAsStream(LIST)) {
      if (in == null) {
        throw new IllegalStateException("class path: no " + LIST + " (expected: a Maven build)");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      return Stream.of(text.split(":"))
          .map(path -> path.substring(path.lastIndexOf('/') + 1))
          .sorted()
          .toList();
    }
  }

  private static Map<String, Path> classPath() {
    Map<String, Path> jars = new HashMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      jars.putIfAbsent(path.getFileName().toString(), path);
    }
    return jars;
  }

  /** Our own classes, from their jar or from the build's folder, as one jar of fixed order. */
  private static void own(Path jar) throws IOException {
    Path from;
    try {
      from = Path.of(EdgeMain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // the JVM's own
    }
    Map<String, byte[]> entries = new TreeMap<>();
    if (Files.isDirectory(from)) {
      try (Stream<Path> walked = Files.walk(from)) {
        for (Path file : walked.filter(Files::isRegularFile).toList()) {
          entries.put(from.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
    } else {
      entries.putAll(entries(from));
      entries.keySet().removeIf(name -> name.startsWith("META-INF/maven/"));
    }
    entries.remove("META-INF/MANIFEST.MF"); // says how it was built, not what it is
    write(entries, jar);
  }

  private static Map<String, byte[]> entries(Path jar) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      zip.stream()
          .filter(entry -> !entry.isDirectory())
          .forEach(
              entry -> {
                try (InputStream in = zip.getInputStream(entry)) {
                  entries.put(entry.getName(), in.readAllBytes());
                } catch (IOException e) {
                  throw new UncheckedIOException(jar + " cannot be read", e);
                }
              });
    }
    return entries;
  }

  private static void without(Path jar, Path to) throws IOException {
    Map<String, byte[]> entries = entries(jar);
    entries.keySet().removeIf(name -> name.startsWith(NATIVES));
    write(entries, to);
  }

  private static void natives(Path jar, Path to, String platform) throws IOException {
    Files.createDirectories(to);
    String folder = NATIVES + platform + "/";
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry :
          zip.stream().filter(each -> each.getName().startsWith(folder)).toList()) {
        if (entry.getName().endsWith(".so")) {
          try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, to.resolve(entry.getName().substring(folder.length())));
          }
        }
      }
    }
  }

  private static void write(Map<String, byte[]> entries, Path to) throws IOException {
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry made = new ZipEntry(entry.getKey());
        made.setTimeLocal(ZIP_TIME);
        zip.putNextEntry(made);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }

  /** Of every jar's name and content: what a start-up cache depends on. */
  static String digest(Path folder, List<String> names) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String name : names) {
      all.append(name)
          .append(' ')
          .append(PackageFiles.sha256(Files.readAllBytes(folder.resolve(name))))
          .append('\n');
    }
    return PackageFiles.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }
}
