package io.millrace.activities.train.container;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** A folder as bytes: plain files and folders only, equal folders give equal bytes. */
final class FolderArchive {
  private FolderArchive() {}

  /**
   * @param mostBytes of all files together
   * @throws IOException when a file cannot be read, is a link, or they are too large
   */
  static byte[] pack(Path folder, long mostBytes) throws IOException {
    List<Path> paths;
    try (Stream<Path> walked = Files.walk(folder)) {
      paths = walked.filter(path -> !path.equals(folder)).sorted().toList();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long size = 0;
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Path path : paths) {
        boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        // a link could name any file of the node
        if (!directory && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          throw new IOException(path.getFileName() + " (expected: a plain file)");
        }
        String name = folder.relativize(path).toString().replace('\\', '/');
        ZipEntry entry = new ZipEntry(directory ? name + "/" : name);
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        zip.putNextEntry(entry);
        if (!directory) {
          size += Files.size(path);
          if (size > mostBytes) {
            throw new IOException(size + " bytes (expected: at most " + mostBytes + ")");
          }
          Files.copy(path, zip);
        }
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /**
   * Writes the files of an archive under a folder, which need not exist.
   *
   * @throws IOException when the bytes are no archive of {@link #pack}
   */
  static void unpack(byte[] archive, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path path = folder.resolve(entry.getName()).normalize();
        Path parent = path.getParent();
        if (!path.startsWith(folder) || parent == null) {
          throw new IOException(entry.getName() + " (expected: a path inside the folder)");
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(parent);
          Files.copy(zip, path);
        }
      }
    }
  }

  /** Removes a folder and what is in it; links are removed, not followed. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> walked = Files.walk(folder)) {
      for (Path path : walked.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
