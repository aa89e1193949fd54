package io.millrace.activities.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A file of the user's, read where it lies: to copy it would cost as much as to look through it.
 *
 * @param file itself, whatever links lead there
 * @param bytes when it was linked to
 * @param modified then
 */
record Original(Path file, long bytes, FileTime modified) {
  /**
   * Makes a link to the file, or a copy where there are no links.
   *
   * @throws java.nio.file.NoSuchFileException when it is not there
   */
  static Original link(Path file, Path target) throws IOException {
    Path real = file.toRealPath();
    if (!Files.isReadable(real)) {
      throw new AccessDeniedException(file.toString());
    }
    BasicFileAttributes now = Files.readAttributes(real, BasicFileAttributes.class);
    Files.deleteIfExists(target);
    try {
      Files.createSymbolicLink(target, real);
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.copy(real, target, StandardCopyOption.REPLACE_EXISTING);
    }
    return new Original(real, now.size(), now.lastModifiedTime());
  }

  /** False also when it is gone. */
  boolean unchanged() {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return now.size() == bytes && now.lastModifiedTime().equals(modified);
    } catch (IOException e) {
      return false;
    }
  }
}
