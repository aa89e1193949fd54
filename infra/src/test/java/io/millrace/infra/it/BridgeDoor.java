package io.millrace.infra.it;

import com.github.dockerjava.api.model.Network;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
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
    listening = new ServerSocket(0, 50, gateway());
    Thread.startVirtualThread(this::accept);
  }

  /** The engine does not always tell the gateway of its own network; the bridge has its address. */
  private static InetAddress gateway() throws IOException {
    Network bridge =
        DockerClientFactory.lazyClient().inspectNetworkCmd().withNetworkId("bridge").exec();
    String told = bridge.getIpam().getConfig().getFirst().getGateway();
    if (told != null) {
      return InetAddress.getByName(told);
    }
    String name = bridge.getOptions().getOrDefault("com.docker.network.bridge.name", "docker0");
    return NetworkInterface.getByName(name)
        .inetAddresses()
        .filter(Inet4Address.class::isInstance)
        .findFirst()
        .orElseThrow(() -> new IOException(name + ": no address (expected: one of IPv4)"));
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
