package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CSVs as spreadsheets save them: in a character set of the country, in UTF-16 ("Unicode text"),
 * and with a first line {@code sep=;}.
 */
final class CsvBytes {
  private CsvBytes() {}

  /**
   * The same files in UTF-8, without a {@code sep=} line.
   *
   * @param encoding null: UTF-8, or what a byte order mark says
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} for bytes that are not
   *     of the character set
   */
  static StagedSource utf8(StagedSource source, @Nullable String encoding) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path file : source.files()) {
      Charset from = encoding == null ? marked(file) : Charset.forName(encoding);
      boolean plain = from.equals(StandardCharsets.UTF_8) && !separator(file);
      files.add(plain ? file : written(file, from, source.shown()));
    }
    return new StagedSource(
        source.shown(), files, source.names(), source.modified(), source.etag());
  }

  private static Charset marked(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(2);
      boolean little = head.length == 2 && (head[0] & 0xff) == 0xff && (head[1] & 0xff) == 0xfe;
      boolean big = head.length == 2 && (head[0] & 0xff) == 0xfe && (head[1] & 0xff) == 0xff;
      return little || big ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    }
  }

  private static boolean separator(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String head = new String(in.readNBytes(9), StandardCharsets.UTF_8).replace("\uFEFF", "");
      return head.startsWith("sep=");
    }
  }

  private static Path written(Path file, Charset from, String shown) throws IOException {
    Path target = file.resolveSibling(file.getFileName() + "-utf8");
    var decoder =
        from.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    try (BufferedReader in =
            new BufferedReader(
                new InputStreamReader(
                    new BufferedInputStream(Files.newInputStream(file), 1 << 16), decoder));
        Writer out = Files.newBufferedWriter(target)) {
      in.mark(64);
      char[] head = new char[5];
      int got = in.read(head);
      in.reset();
      String start = got <= 0 ? "" : new String(head, 0, got);
      if (start.startsWith("\uFEFF")) {
        in.read();
        start = start.substring(1);
      }
      if (start.startsWith("sep=")) {
        in.readLine();
      }
      in.transferTo(out);
    } catch (CharacterCodingException e) {
      throw Failures.of(
          FailureType.DATA_UNREADABLE,
          "source: %s is not %s (expected: %s, or another data.source.encoding)"
              .formatted(shown, from, from));
    }
    Files.delete(file);
    return target;
  }
}
