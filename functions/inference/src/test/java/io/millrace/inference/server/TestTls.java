package io.millrace.inference.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;

/** A certificate of 127.0.0.1 and localhost with its key, made by the JDK's keytool. */
public final class TestTls {
  private TestTls() {}

  /** {@code cert.pem} and {@code key.pem} in the folder. */
  public static TlsFiles in(Path dir) {
    try {
      Files.createDirectories(dir);
      Path store = dir.resolve("store.p12");
      Process keytool =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                      "-genkeypair",
                      "-alias",
                      "server",
                      "-keyalg",
                      "RSA",
                      "-keysize",
                      "2048",
                      "-validity",
                      "2",
                      "-dname",
                      "CN=localhost",
                      "-ext",
                      "SAN=dns:localhost,ip:127.0.0.1",
                      "-storetype",
                      "PKCS12",
                      "-keystore",
                      store.toString(),
                      "-storepass",
                      "changeit"))
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes());
      if (keytool.waitFor() != 0) {
        throw new AssertionError(said);
      }
      KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
      Certificate certificate = keys.getCertificate("server");
      Key key = keys.getKey("server", "changeit".toCharArray());
      return new TlsFiles(
          pem(dir.resolve("cert.pem"), "CERTIFICATE", certificate.getEncoded()),
          pem(dir.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()));
    } catch (IOException | InterruptedException | java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Path pem(Path file, String type, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
  }
}
