package io.millrace.activities.deploy.lambda;

import io.millrace.activities.image.AppFiles;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A version as the archive of a function on the managed Java runtime: {@code lib/} has the
 * inference module and what it runs with, {@code native/} ONNX Runtime's library unpacked, {@code
 * model/} the package. Equal inputs give equal bytes.
 *
 * @param content of the archive
 * @param sizeBytes of its files, unpacked
 */
@SuppressWarnings("ArrayRecordComponent") // made once, uploaded once
record FunctionZip(byte[] content, long sizeBytes) {
  /** The platform's limit of a function with its layers. */
  private static final long MOST = 250L << 20;

  /** Any fixed time: the archive is known by its content. */
  private static final LocalDateTime EPOCH = LocalDateTime.of(2000, 1, 1, 0, 0);

  /**
   * @param packageDir of the model
   * @throws io.temporal.failure.ApplicationFailure {@code CONFIG_INVALID} when it is too large
   */
  static FunctionZip of(AppFiles app, Path packageDir) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(32 << 20);
    long size = 0;
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Path jar : app.functionJars()) {
        size += deflated(zip, "lib/" + jar.getFileName(), jar);
      }
      for (Path library : app.natives()) {
        size += deflated(zip, "native/" + library.getFileName(), library);
      }
      try (Stream<Path> files = Files.list(packageDir)) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          size += deflated(zip, "model/" + file.getFileName(), file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the function's archive cannot be made", e);
    }
    if (size > MOST) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "deployment.target.lambda.form: zip of "
              + (size >> 20)
              + " MB unpacked (expected: at most 250 MB, or form image)");
    }
    return new FunctionZip(bytes.toByteArray(), size);
  }

  private static long deflated(ZipOutputStream zip, String name, Path file) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(EPOCH);
    zip.putNextEntry(entry);
    Files.copy(file, zip);
    zip.closeEntry();
    return Files.size(file);
  }

  /** As Lambda says it: SHA-256, base64. */
  String codeSha256() {
    return Base64.getEncoder().encodeToString(sha256());
  }

  byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
