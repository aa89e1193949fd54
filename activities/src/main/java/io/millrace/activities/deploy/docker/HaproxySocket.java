package io.millrace.activities.deploy.docker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * HAProxy's runtime API over its UNIX socket. Commands, states and their meaning: HAProxy's
 * management guide, section 9.3. One connection per call; each has a timeout.
 */
final class HaproxySocket {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** What the system takes for the path of a socket, less its closing zero. */
  private static final int LONGEST = 107;

  private final Path file;

  HaproxySocket(Path file) {
    this.file = file.toAbsolutePath();
  }

  /**
   * A server as the proxy sees it.
   *
   * @param address host and port
   * @param up whether its last check went well
   * @param check the last check's result, for people
   * @param weight 0..256
   * @param sessions requests under way
   * @param failures requests it did not answer, since the proxy started
   */
  record Server(
      String name,
      String address,
      boolean up,
      String check,
      int weight,
      long sessions,
      long failures) {}

  /** Every server of the pool by name. */
  Map<String, Server> servers() throws IOException {
    List<String> lines = List.of(call("show stat " + HaproxyConfig.BACKEND + " 4 -1").split("\n"));
    if (lines.isEmpty() || !lines.getFirst().startsWith("# ")) {
      throw new IOException("show stat: " + lines.getFirst() + " (expected: a table)");
    }
    List<String> names = List.of(lines.getFirst().substring(2).split(",", -1));
    Map<String, Server> servers = new TreeMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      Map<String, String> row = new HashMap<>();
      for (int i = 0; i < Math.min(names.size(), cells.length); i++) {
        row.put(names.get(i), cells[i]);
      }
      String name = row.getOrDefault("svname", "");
      if (!name.isEmpty() && !name.equals("BACKEND") && !name.equals("FRONTEND")) {
        servers.put(name, server(name, row));
      }
    }
    return servers;
  }

  private static Server server(String name, Map<String, String> row) {
    String check = row.getOrDefault("check_status", "").replace("* ", "");
    // a server of the file counts as up before its first check: that is not ready
    boolean up = row.getOrDefault("status", "").startsWith("UP") && check.startsWith("L7OK");
    return new Server(
        name,
        row.getOrDefault("addr", ""),
        up,
        row.getOrDefault("status", "") + " " + check,
        (int) number(row.get("weight")),
        number(row.get("scur")),
        number(row.get("econ")) + number(row.get("eresp")));
  }

  private static long number(@Nullable String text) {
    return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
  }

  /** Adds a server with weight 0 and starts to check it. */
  void add(Replica replica) throws IOException {
    String server = HaproxyConfig.BACKEND + "/" + replica.server();
    String answer =
        call("add server " + server + " " + replica.socket() + " weight 0 " + HaproxyConfig.CHECK);
    if (!answer.contains("registered") && !answer.contains("Already exists")) {
      throw new IOException("add server: " + answer);
    }
    expectNothing("enable health " + server);
    expectNothing("enable server " + server);
  }

  /** Points a server elsewhere: its container was made anew. */
  void move(Replica replica) throws IOException {
    call(
        "set server "
            + HaproxyConfig.BACKEND
            + "/"
            + replica.server()
            + " addr "
            + replica.address()
            + " port "
            + replica.socket().substring(replica.socket().lastIndexOf(':') + 1));
  }

  /** Sets weights in one breath: no request is balanced between two of them. */
  void weigh(Map<String, Integer> weights) throws IOException {
    List<String> commands = new ArrayList<>();
    weights.forEach(
        (server, weight) ->
            commands.add(
                "set server " + HaproxyConfig.BACKEND + "/" + server + " weight " + weight));
    if (!commands.isEmpty()) {
      expectNothing(String.join(";", commands));
    }
  }

  /** No new request goes to it; those under way end. */
  void drain(String server) throws IOException {
    expectNothing("set server " + HaproxyConfig.BACKEND + "/" + server + " state drain");
  }

  /** Takes it back into service. */
  void enable(String server) throws IOException {
    expectNothing("set server " + HaproxyConfig.BACKEND + "/" + server + " state ready");
  }

  /** Takes it out of the pool; one that is still busy stays, out of service, and is tried again. */
  boolean delete(String server) throws IOException {
    String name = HaproxyConfig.BACKEND + "/" + server;
    expectNothing("set server " + name + " state maint");
    String answer = call("del server " + name);
    return answer.contains("deleted") || answer.contains("No such server");
  }

  private void expectNothing(String command) throws IOException {
    String answer = call(command);
    if (!answer.isEmpty()) {
      throw new IOException(command + ": " + answer);
    }
  }

  /** Sends one line and reads all of the answer. */
  String call(String command) throws IOException {
    try (Reachable at = Reachable.of(file);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(at.path()));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.configureBlocking(false);
      return read(channel).strip();
    }
  }

  private static String read(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
    long end = System.nanoTime() + TIMEOUT.toNanos();
    try (Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      while (true) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new IOException("no answer after " + TIMEOUT.toSeconds() + " s");
        }
        selector.select(left);
        selector.selectedKeys().clear();
        int count = channel.read(buffer.clear());
        if (count < 0) {
          return all.toString(StandardCharsets.UTF_8);
        }
        all.write(buffer.array(), 0, count);
      }
    }
  }

  /** A path short enough for a socket: through a link where the real one is too long. */
  private record Reachable(Path path, @Nullable Path folder) implements AutoCloseable {
    static Reachable of(Path socket) throws IOException {
      if (socket.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST) {
        return new Reachable(socket, null);
      }
      Path dir = Files.createTempDirectory("millrace-");
      Files.createSymbolicLink(dir.resolve("d"), socket.getParent());
      return new Reachable(dir.resolve("d").resolve(socket.getFileName()), dir);
    }

    @Override
    public void close() throws IOException {
      if (folder != null) {
        Files.deleteIfExists(folder.resolve("d"));
        Files.deleteIfExists(folder);
      }
    }
  }
}
