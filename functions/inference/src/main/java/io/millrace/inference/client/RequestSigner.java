package io.millrace.inference.client;

import java.net.URI;
import java.util.Map;

/** Signs requests for endpoints that ask for a signature, such as a function URL with IAM. */
@FunctionalInterface
public interface RequestSigner {
  /** Signs nothing. */
  RequestSigner NONE = (method, uri, body) -> Map.of();

  /**
   * Headers that a request has to carry beside its own; asked once a request, whose repeats carry
   * the same.
   *
   * @param body empty for none
   */
  Map<String, String> headers(String method, URI uri, byte[] body);
}
