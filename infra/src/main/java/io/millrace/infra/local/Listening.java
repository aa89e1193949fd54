package io.millrace.infra.local;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** Whether services of this machine answer, and waiting until they do. */
final class Listening {
  private Listening() {}

  static boolean at(String address) {
    int colon = address.lastIndexOf(':');
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
          500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static void await(String what, Duration atMost, BooleanSupplier done, Path log) {
    Instant until = Instant.now().plus(atMost);
    while (!done.getAsBoolean()) {
      if (Instant.now().isAfter(until)) {
        throw new IllegalStateException(
            what + ": not ready after " + atMost.toSeconds() + " s; its log: " + log);
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(what + ": interrupted while waiting", e);
      }
    }
  }
}
