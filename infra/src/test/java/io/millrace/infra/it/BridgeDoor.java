package io.millrace.infra.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.testcontainers.DockerClientFactory;

/**
 * Lets containers reach a port of this machine's loopback: listens on the address that containers
 * of the default network know this machine by, and passes bytes on.
 */
final class BridgeDoor implements AutoCloseable {
  private final ServerSocket listening;
  private final int port;

  BridgeDoor(int port) throws IOException {
    this.port = port;
    listening = new ServerSocket(0, 50, InetAddress.getByName(gateway()));
    Thread.startVirtualThread(this::accept);
  }

  private static String gateway() {
    return DockerClientFactory.lazyClient()
        .inspectNetworkCmd()
        .withNetworkId("bridge")
        .exec()
        .getIpam()
        .getConfig()
        .getFirst()
        .getGateway();
  }

  /** {@code host:port} for containers. */
  String address() {
    return listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket caller = listening.accept();
        Socket called = new Socket(InetAddress.getLoopbackAddress(), port);
        Thread.startVirtualThread(() -> pass(caller, called));
        Thread.startVirtualThread(() -> pass(called, caller));
      } catch (IOException e) {
        // closed, or nobody listens behind: the caller sees it
      }
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // one side went away: both are closed
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
