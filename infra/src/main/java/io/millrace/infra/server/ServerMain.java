package io.millrace.infra.server;

import io.millrace.activities.deploy.Endpoints;
import io.millrace.activities.deploy.LocalServers;
import io.millrace.activities.packages.Packages;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Stores;
import io.millrace.inference.server.DesiredStates;
import io.millrace.inference.server.ModelServer;
import io.millrace.inference.server.ServerConfig;
import io.millrace.infra.config.TracesConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model server's process: {@code --endpoint NAME[,NAME…] --store URI --port N --scratch DIR}.
 * Serves what each endpoint's newest state in the store says and logs predictions into the same
 * store. Ends with 1 when it cannot start, for example because its port is taken; SIGTERM drains
 * it.
 */
public final class ServerMain {
  private static final Logger LOG = LoggerFactory.getLogger(ServerMain.class);
  private static final Set<String> FLAGS = Set.of("--endpoint", "--store", "--port", "--scratch");

  private ServerMain() {}

  public static void main(String[] args) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    try {
      Runnable stop = start(args);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stop.run();
                    ended.countDown();
                  },
                  "drain"));
    } catch (IllegalArgumentException e) {
      LOG.error("{}", e.getMessage());
      System.exit(2);
    } catch (RuntimeException | IOException e) {
      LOG.error("cannot start: {}", e.getMessage(), e);
      System.exit(1);
    }
    ended.await();
  }

  /**
   * @return ends it gracefully
   */
  private static Runnable start(String[] args) throws IOException {
    Map<String, String> flags = flags(args);
    List<String> endpoints = List.of(flags.getOrDefault("--endpoint", "").split(",", -1));
    Path scratch = Path.of(flags.getOrDefault("--scratch", ""));
    ObjectStore store = Stores.open(flags.getOrDefault("--store", ""));
    int port = Integer.parseInt(flags.getOrDefault("--port", ""));
    Map<String, DesiredStates> states = new LinkedHashMap<>();
    for (String endpoint : endpoints) {
      states.put(endpoint, new StoreDesiredStates(new Endpoints(store), endpoint));
    }
    ServerConfig config = ServerConfig.of(endpoints.getFirst(), port);
    ModelServer server =
        new ModelServer(
            config.withTraces(TracesConfig.load().open(endpoints.getFirst())),
            states,
            new Packages(store, scratch)::fetch,
            new StoreLogSink(store));
    try {
      server.start();
      for (String endpoint : endpoints) {
        LocalServers.announce(scratch, endpoint);
      }
    } catch (RuntimeException | IOException e) {
      server.stop();
      store.close();
      throw e;
    }
    return () -> {
      server.stop();
      store.close();
    };
  }

  private static Map<String, String> flags(String[] args) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      flags.put(args[i], args[i + 1]);
    }
    if (!flags.keySet().equals(FLAGS) || args.length != 2 * FLAGS.size()) {
      throw new IllegalArgumentException(
          "arguments: "
              + String.join(" ", args)
              + " (expected: --endpoint NAME[,NAME…] --store URI --port N --scratch DIR)");
    }
    return flags;
  }
}
