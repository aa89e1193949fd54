package io.millrace.activities.deploy.docker;

import java.util.List;
import java.util.Map;

/**
 * HAProxy's configuration of one endpoint. It carries the newest weights, so a proxy that was
 * killed comes back with them. Only the paths of the inference protocol pass: the servers' admin
 * side is not on the public port.
 */
final class HaproxyConfig {
  /** Folder of the configuration and the runtime socket inside the container. */
  static final String FOLDER = "/run/millrace";

  static final String FILE = "haproxy.cfg";
  static final String SOCKET = "haproxy.sock";

  /** The pool of all servers. */
  static final String BACKEND = "versions";

  /** Where it listens inside its container. */
  static final int PORT = 8080;

  /** How a server is watched: out after three failures in a row, back after one success. */
  static final String CHECK = "check inter 500ms fastinter 100ms downinter 300ms fall 3 rise 1";

  private HaproxyConfig() {}

  /**
   * @param weights by server
   */
  static String of(List<Replica> replicas, Map<String, Integer> weights) {
    StringBuilder text =
        new StringBuilder(
            """
            # written by Millrace; changes here are lost
            global
                log stdout format raw local0 notice
                stats socket %s/%s mode 600 level admin
                maxconn 4000
                hard-stop-after 30s

            defaults
                mode http
                log global
                timeout connect 2s
                timeout client 60s
                timeout server 60s
                timeout queue 2s
                # a starved machine is slow, a dead server refuses at once
                timeout check 5s
                timeout http-request 30s
                timeout http-keep-alive 5m
                # scoring changes nothing, so a request whose server vanished is sent to another one
                # which it can be only when it was there as a whole before any of it was sent
                option http-buffer-request
                option redispatch 1
                retries 3
                retry-on conn-failure empty-response

            frontend endpoint
                bind :%d
                acl allowed path -m reg ^/(v2(/.*)?|invocations|ping)$
                acl disguised path -m sub .. // %%
                http-request return status 404 content-type application/json string '{"error":"path (expected: /v2, /invocations or /ping)"}' if !allowed or disguised
                default_backend %s

            backend %s
                balance roundrobin
                option httpchk
                http-check send meth GET uri /v2/health/ready ver HTTP/1.1 hdr Host millrace
                http-check expect status 200
                # a request for one version goes to it, whatever its weight
                use-server v%%[path,field(6,/)]-0 if { path -m reg ^/v2/models/[^/]+/versions/[0-9]+(/.*)?$ }
            """
                .formatted(FOLDER, SOCKET, PORT, BACKEND, BACKEND));
    for (Replica replica : replicas) {
      text.append(
          "    server %s %s %s weight %d%n"
              .formatted(
                  replica.server(),
                  replica.socket(),
                  CHECK,
                  weights.getOrDefault(replica.server(), 0)));
    }
    return text.toString();
  }
}
