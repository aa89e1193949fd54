package io.millrace.activities.deploy.docker;

import io.millrace.activities.deploy.Endpoint;
import io.millrace.inference.server.DesiredState;
import io.millrace.workflows.wire.PayloadJson;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the containers of an endpoint are called and labelled. Several stores may share an engine,
 * so the store is part of it.
 *
 * @param endpoint its name
 * @param store hash of the store's address
 */
record DockerNames(String endpoint, String store) {
  static final String ENDPOINT = "io.millrace.endpoint";
  static final String STORE = "io.millrace.store";
  static final String ROLE = "io.millrace.role";
  static final String VERSION = "io.millrace.version";
  static final String DIGEST = "io.millrace.digest";
  static final String REPLICA = "io.millrace.replica";
  static final String PROXY = "proxy";
  static final String SERVER = "server";

  static DockerNames of(Endpoint endpoint, String storeUri) {
    return new DockerNames(endpoint.name(), PayloadJson.sha256(storeUri).substring(0, 8));
  }

  /** Also the network's name. */
  String prefix() {
    return "millrace-" + endpoint + "-" + store;
  }

  String proxy() {
    return prefix() + "-proxy";
  }

  String replica(DesiredState.Version version, int index) {
    return prefix()
        + "-v"
        + version.version()
        + "-"
        + version.digest().substring(0, 8)
        + "-"
        + index;
  }

  /** Of everything that is the endpoint's. */
  Map<String, String> labels() {
    return new TreeMap<>(Map.of(ENDPOINT, endpoint, STORE, store));
  }

  Map<String, String> proxyLabels() {
    Map<String, String> labels = labels();
    labels.put(ROLE, PROXY);
    return labels;
  }

  Map<String, String> replicaLabels(DesiredState.Version version, int index) {
    Map<String, String> labels = labels();
    labels.put(ROLE, SERVER);
    labels.put(VERSION, String.valueOf(version.version()));
    labels.put(DIGEST, version.digest());
    labels.put(REPLICA, String.valueOf(index));
    return labels;
  }
}
