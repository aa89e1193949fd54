package io.millrace.infra.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends one request again and again over kept-alive HTTP/1.1 connections, each waiting for its
 * answer before the next. Plain sockets: on two cores a client library would take part of what it
 * measures.
 */
final class HttpLoad {
  private final String host;
  private final int port;
  private final byte[] request;

  /** What one load measured. @param p50 milliseconds @param p99 milliseconds */
  record Result(double perSecond, double p50, double p99) {}

  HttpLoad(URI target, byte[] body) {
    host = target.getHost();
    port = target.getPort();
    byte[] head =
        ("POST "
                + target.getPath()
                + " HTTP/1.1\r\nHost: "
                + host
                + ":"
                + port
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    request = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, request, head.length, body.length);
  }

  /** Runs the load. @throws IllegalStateException when an answer is not 200 */
  Result run(int connections, Duration duration) {
    return run(connections, duration, 0);
  }

  /**
   * The same at a steady pace.
   *
   * @param perSecond requests of all connections together; 0 for as many as are answered
   */
  Result run(int connections, Duration duration, int perSecond) {
    long start = System.nanoTime();
    long end = start + duration.toNanos();
    long gap = perSecond == 0 ? 0 : 1_000_000_000L * connections / perSecond;
    List<long[]> nanos = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      List<Future<long[]>> loads = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        loads.add(threads.submit(() -> connection(end, gap)));
      }
      for (Future<long[]> load : loads) {
        nanos.add(load.get());
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("the load failed", e);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long[] all = nanos.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    return new Result(
        all.length / seconds, all[all.length / 2] / 1e6, all[all.length * 99 / 100] / 1e6);
  }

  private long[] connection(long end, long gap) {
    long[] taken = new long[1 << 16];
    int count = 0;
    try (Socket socket = new Socket(host, port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      long next = System.nanoTime();
      while (System.nanoTime() < end) {
        if (gap > 0) {
          LockSupport.parkNanos(next - System.nanoTime());
          next += gap;
        }
        long start = System.nanoTime();
        out.write(request);
        out.flush();
        answer(in);
        if (count == taken.length) {
          taken = Arrays.copyOf(taken, count * 2);
        }
        taken[count++] = System.nanoTime() - start;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Arrays.copyOf(taken, count);
  }

  private static void answer(InputStream in) throws IOException {
    String status = line(in);
    int length = -1;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring("content-length:".length()).strip());
      }
    }
    if (length < 0) {
      throw new IllegalStateException(status + ": no content-length");
    }
    byte[] body = in.readNBytes(length);
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IllegalStateException(status + ": " + new String(body, StandardCharsets.UTF_8));
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the server closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
