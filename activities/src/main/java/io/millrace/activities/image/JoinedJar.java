package io.millrace.activities.image;

import io.millrace.activities.dataset.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Many jars as one: a JVM looks at each jar of its class path when it starts, which is a tenth of a
 * function's start. Classes are those that Java 25 would load (multi-release entries are chosen
 * here), of one name the first on the class path; the lists of {@code META-INF/services} are put
 * together; licences and notices stay, by jar. Manifests, signatures and module descriptors are of
 * the single jars and do not go along. Entries are not compressed: an image's layer is.
 */
final class JoinedJar {
  /** Any fixed time: equal content gives equal bytes. */
  private static final LocalDateTime TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

  private static final String NAME = "libraries.jar";
  private static final String SERVICES = "META-INF/services/";
  private static final Runtime.Version JAVA = Runtime.Version.parse("25");

  private final Map<String, byte[]> entries = new TreeMap<>();
  private final Map<String, String> owners = new HashMap<>();

  private JoinedJar() {}

  /**
   * Made once for the same jars.
   *
   * @param jars in class path order
   * @param folder of such jars, each in one named by what it is made of
   */
  static Path of(List<Path> jars, Path folder) throws IOException {
    StringBuilder made = new StringBuilder("1\n");
    for (Path jar : jars) {
      made.append(jar.getFileName()).append(' ').append(Sha256.of(jar)).append('\n');
    }
    byte[] hash = Sha256.digest().digest(made.toString().getBytes(StandardCharsets.UTF_8));
    Path target = folder.resolve("joined-" + HexFormat.of().formatHex(hash, 0, 8)).resolve(NAME);
    if (Files.exists(target)) {
      return target;
    }
    JoinedJar joined = new JoinedJar();
    for (Path jar : jars) {
      joined.add(jar);
    }
    Files.createDirectories(target.getParent());
    Path part = Files.createTempFile(target.getParent(), "joining-", ".part");
    joined.write(part);
    return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private void add(Path jar) throws IOException {
    String owner = String.valueOf(jar.getFileName());
    // multi-release entries come by the name that they are loaded by
    try (JarFile file = new JarFile(jar.toFile(), false, ZipFile.OPEN_READ, JAVA)) {
      for (ZipEntry entry : file.versionedStream().toList()) {
        String name = entry.getName();
        if (entry.isDirectory() || ofOneJar(name)) {
          continue;
        }
        try (InputStream in = file.getInputStream(entry)) {
          add(owner, name, in.readAllBytes());
        }
      }
    }
  }

  private void add(String owner, String name, byte[] content) throws IOException {
    if (name.startsWith(SERVICES)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.write(entries.getOrDefault(name, new byte[0]));
      all.write(content);
      all.write('\n');
      entries.put(name, all.toByteArray());
    } else if (licence(name)) {
      entries.put("META-INF/licenses/" + owner + name.substring(name.lastIndexOf('/')), content);
    } else if (owners.putIfAbsent(name, owner) == null) {
      entries.put(name, content);
    }
  }

  private static boolean ofOneJar(String name) {
    return name.equals(JarFile.MANIFEST_NAME)
        || name.equals("META-INF/INDEX.LIST")
        || name.startsWith("META-INF/maven/")
        || name.startsWith("META-INF/versions/")
        || name.endsWith("module-info.class")
        || name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
  }

  private static boolean licence(String name) {
    return name.matches("META-INF/(LICENSE|NOTICE|DEPENDENCIES)[^/]*");
  }

  private void write(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        byte[] content = entry.getValue();
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry stored = new ZipEntry(entry.getKey());
        stored.setMethod(ZipEntry.STORED);
        stored.setSize(content.length);
        stored.setCrc(crc.getValue());
        stored.setTimeLocal(TIME);
        zip.putNextEntry(stored);
        zip.write(content);
        zip.closeEntry();
      }
    }
  }
}
