package io.millrace.inference.server;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What TLS needs. Read once, at the start; TLS 1.3 and 1.2, HTTP/2 by ALPN.
 *
 * @param certificates PEM file, the server's own first, then those between it and the root
 * @param key PEM file, PKCS #8 and not encrypted
 */
public record TlsFiles(Path certificates, Path key) {
  public TlsFiles {
    readable("tls.certificates", certificates);
    readable("tls.key", key);
  }

  private static void readable(String field, Path file) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(field + ": " + file + " (expected: a readable PEM file)");
    }
  }

  Tls open() {
    try {
      Keys keys =
          Keys.builder()
              .pem(pem -> pem.key(Resource.create(key)).certChain(Resource.create(certificates)))
              .build();
      return Tls.builder()
          .privateKey(keys)
          .privateKeyCertChain(keys)
          .enabledProtocols(List.of("TLSv1.3", "TLSv1.2"))
          .build();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "tls: "
              + certificates
              + ", "
              + key
              + " (expected: certificates and their PKCS #8 key in PEM): "
              + e.getMessage(),
          e);
    }
  }
}
