package io.millrace.events.secret;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.ssm.SsmClient;

/**
 * Turns a function's references into secrets: {@code secret:ssm:NAME} is a parameter of Systems
 * Manager, decrypted, {@code secret:env:NAME} a variable, {@code secret:file:/path} a file. The
 * secret is in no message.
 */
public final class SecretReferences {
  private static final String SSM = "secret:ssm:";
  private static final String ENV = "secret:env:";
  private static final String FILE = "secret:file:";
  private final Map<String, String> environment;

  public SecretReferences(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @param setting where the reference is written, for messages
   * @return the secret's bytes, at least one
   * @throws IllegalArgumentException when the reference is not understood or there is no such
   *     secret
   * @throws IllegalStateException when Systems Manager does not answer or refuses
   */
  public byte[] resolve(String setting, String reference) {
    String secret;
    if (reference.startsWith(ENV)) {
      secret = environment.getOrDefault(reference.substring(ENV.length()), "");
    } else if (reference.startsWith(FILE)) {
      secret = file(setting, reference);
    } else if (reference.startsWith(SSM)) {
      secret = parameter(reference);
    } else {
      // what is no reference may be the secret itself, written by mistake
      throw new IllegalArgumentException(
          setting
              + ": "
              + reference.length()
              + " characters (expected: secret:ssm:NAME, secret:env:NAME or secret:file:/path)");
    }
    if (secret.isEmpty()) {
      throw new IllegalArgumentException(
          setting + ": " + reference + " (expected: a secret with something in it)");
    }
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  private static String file(String setting, String reference) {
    try {
      return Files.readString(Path.of(reference.substring(FILE.length()))).stripTrailing();
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          setting + ": " + reference + " (expected: a file that can be read)", e);
    }
  }

  private static String parameter(String reference) {
    // once, at cold start: nothing is kept for it
    try (SsmClient ssm =
        SsmClient.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(Duration.ofSeconds(3))
                    .socketTimeout(Duration.ofSeconds(5)))
            .build()) {
      return ssm.getParameter(
              get -> get.name(reference.substring(SSM.length())).withDecryption(true))
          .parameter()
          .value();
    } catch (SdkException e) {
      throw new IllegalStateException(
          reference + " (expected: a parameter that the function may read): " + e.getMessage(), e);
    }
  }
}
