package io.millrace.activities.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Reads and changes archives of images as Docker saves and loads them. */
final class ImageArchive {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MANIFEST = "manifest.json";

  /** A probe is a JVM of its own, some 0.2 s of a processor: often enough, not more. */
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int RETRIES = 3;

  private ImageArchive() {}

  /** Copies an archive and writes the health check into the image's settings. */
  static void withHealthcheck(Path from, Path to, List<String> command) throws IOException {
    String config = config(from);
    try (TarArchiveInputStream in = open(from);
        TarArchiveOutputStream out =
            new TarArchiveOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().equals(config)) {
          byte[] changed = checked(in.readAllBytes(), command);
          TarArchiveEntry own = new TarArchiveEntry(config);
          own.setSize(changed.length);
          out.putArchiveEntry(own);
          out.write(changed);
        } else {
          out.putArchiveEntry(entry);
          in.transferTo(out);
        }
        out.closeArchiveEntry();
      }
    }
  }

  private static byte[] checked(byte[] config, List<String> command) throws IOException {
    ObjectNode tree = (ObjectNode) JSON.readTree(config);
    ObjectNode check = tree.withObject("/config").putObject("Healthcheck");
    ArrayNode test = check.putArray("Test").add("CMD");
    command.forEach(test::add);
    check.put("Interval", INTERVAL.toNanos()).put("Timeout", TIMEOUT.toNanos());
    check.put("StartPeriod", TIMEOUT.toNanos()).put("Retries", RETRIES);
    return JSON.writeValueAsBytes(tree);
  }

  /** The name of the archive's settings of its one image. */
  private static String config(Path archive) throws IOException {
    try (TarArchiveInputStream in = open(archive)) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().equals(MANIFEST)) {
          JsonNode images = JSON.readTree(in.readAllBytes());
          if (images.size() == 1 && images.get(0).path("Config").isTextual()) {
            return images.get(0).path("Config").asText();
          }
        }
      }
    }
    throw new IOException(archive + " (expected: an archive of one image, as docker save writes)");
  }

  private static TarArchiveInputStream open(Path archive) throws IOException {
    return new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(archive)));
  }
}
