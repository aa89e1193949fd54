package io.millrace.inference.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks this machine's server whether it is ready. A plain socket: an image checks every few seconds
 * and an HTTP client would take longer to load than to ask.
 *
 * @param tls whose certificates it must show; null for plain HTTP
 */
record HealthCheck(int port, @Nullable TlsFiles tls) {
  private static final int MILLIS = 3_000;

  static HealthCheck of(ContainerSettings settings) {
    ServerConfig config = settings.config("endpoint");
    return new HealthCheck(config.port(), config.tls());
  }

  /** True for 200; false for anything else, an answer that does not come included. */
  boolean ready() {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MILLIS);
      plain.setSoTimeout(MILLIS);
      Socket socket =
          tls == null
              ? plain
              : context(tls).getSocketFactory().createSocket(plain, "localhost", port, true);
      socket
          .getOutputStream()
          .write(
              "GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return line(socket.getInputStream()).startsWith("HTTP/1.1 200");
    } catch (IOException | GeneralSecurityException e) {
      return false;
    }
  }

  private static String line(InputStream in) throws IOException {
    return new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
  }

  /** Trusts the server's own certificates alone. */
  static SSLContext context(TlsFiles files) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(files.certificates())) {
      int i = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("own-" + i++, certificate);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
