package io.millrace.infra.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A body of 100 MB that does not say how long it is, and what it does to a server. */
final class HugeRequest {
  private HugeRequest() {}

  /** Sends it to a URL, as most clients do: all of it before the answer is read; the status. */
  static int post(URI url) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new Blanks(100L << 20)))
            .build();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }

  private static final class Blanks extends InputStream {
    private long left;

    Blanks(long length) {
      left = length;
    }

    @Override
    public int read() {
      return left-- > 0 ? ' ' : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      int n = (int) Math.min(length, left);
      Arrays.fill(bytes, offset, offset + n, (byte) ' ');
      left -= n;
      return n == 0 ? -1 : n;
    }
  }

  /** Memory of a process. */
  static long residentKb(ProcessHandle process) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
