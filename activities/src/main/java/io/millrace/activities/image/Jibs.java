package io.millrace.activities.image;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.LogEvent;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.frontend.CredentialRetrieverFactory;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every use of the layers' builder has in common. Its calls end after 20 s of silence. */
record Jibs(Path cache) {
  private static final Logger LOG = LoggerFactory.getLogger(Jibs.class);
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  Containerizer prepared(Containerizer to) {
    return to.setToolName("millrace")
        .setToolVersion("0.1.0")
        .setBaseImageLayersCache(cache.resolve("base"))
        .setApplicationLayersCache(cache.resolve("layers"))
        .addEventHandler(LogEvent.class, Jibs::log);
  }

  private static void log(LogEvent event) {
    switch (event.getLevel()) {
      case ERROR, WARN -> LOG.warn("image: {}", event.getMessage());
      default -> LOG.debug("image: {}", event.getMessage());
    }
  }

  /** An image of a registry, with the given login or the one in Docker's configuration. */
  RegistryImage registry(String reference, ModelImages.@Nullable Login login)
      throws InvalidImageReferenceException {
    ImageReference parsed = ImageReference.parse(reference);
    RegistryImage image = RegistryImage.named(parsed);
    if (login != null) {
      return image.addCredential(login.user(), login.password());
    }
    CredentialRetrieverFactory docker = CredentialRetrieverFactory.forImage(parsed, Jibs::log);
    return image
        .addCredentialRetriever(docker.dockerConfig())
        .addCredentialRetriever(docker.wellKnownCredentialHelpers());
  }

  /** Only on this machine may a registry go without TLS. */
  static boolean loopback(String reference) {
    int end = reference.indexOf('/');
    String host = end < 0 ? "" : reference.substring(0, end);
    return LOOPBACK.contains(host.replaceAll(":\\d+$", ""));
  }
}
