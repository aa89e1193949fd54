package io.millrace.activities.deploy.docker;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.activities.deploy.Target.Live;
import io.millrace.inference.server.DesiredState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which versions answer, as the proxy sees it.
 *
 * @param whole all of whose replicas do
 * @param some at least one of whose replicas does
 * @param silent none of whose replicas does
 * @param checks the last check by server
 */
record Readiness(
    Set<Integer> whole, Set<Integer> some, Set<Integer> silent, Map<String, String> checks) {
  static Readiness of(Map<String, HaproxySocket.Server> servers, Endpoint endpoint) {
    Readiness all =
        new Readiness(new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeMap<>());
    servers.values().forEach(server -> all.checks().put(server.name(), server.check()));
    int count = Replicas.count(endpoint);
    for (DesiredState.Version version : endpoint.versions()) {
      int number = version.version();
      int up = 0;
      for (int index = 0; index < count; index++) {
        HaproxySocket.Server server = servers.get(new Replica("", number, index, "").server());
        up += server != null && server.up() ? 1 : 0;
      }
      if (up == count) {
        all.whole().add(number);
      }
      (up > 0 ? all.some() : all.silent()).add(number);
    }
    return all;
  }

  Live live(Endpoint endpoint) {
    return new Live(endpoint.url(), List.copyOf(some));
  }

  /** What the last check of a server said. */
  String check(String server) {
    return checks.getOrDefault(server, "unknown to the proxy");
  }
}
