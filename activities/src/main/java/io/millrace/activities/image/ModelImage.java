package io.millrace.activities.image;

import io.millrace.workflows.ref.ModelRef;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is in an image of one version; nothing is made yet.
 *
 * @param base an image the Docker engine has, a registry's image, or {@code tar:<file>}; has Java
 *     25 and needs neither shell nor tools
 * @param version whose image it is
 * @param packageDir the package's two files
 * @param appDir folder of the jars in the image; the libraries lie in {@code native} beside it
 * @param modelDir folder of the package in the image
 * @param entrypoint empty keeps the base's
 * @param arguments of the entrypoint
 * @param environment beside {@code CLASSPATH}; no secrets, an image is public
 * @param user number, not a name: a base without a user table has none
 * @param port it listens on; 0 for none
 * @param healthcheck command that ends with 0 when it is well; empty for none
 * @param logging whether a logging library goes with it, which writes to the container's output
 * @param files further files by their path in the image, in the last layer
 */
public record ModelImage(
    String base,
    ModelRef version,
    Path packageDir,
    String appDir,
    String modelDir,
    List<String> entrypoint,
    List<String> arguments,
    Map<String, String> environment,
    String user,
    int port,
    List<String> healthcheck,
    boolean logging,
    Map<String, Path> files) {
  /** Serves a folder; the settings are in its environment. */
  public static final String MAIN = "io.millrace.inference.server.ContainerMain";

  /** A user nobody has: nothing in the image is its own. */
  public static final String NOBODY = "65532:65532";

  /** Where a server listens inside its container. */
  public static final int PORT = 8080;

  private static final String SERVER_APP = "/app/lib";

  public ModelImage {
    entrypoint = List.copyOf(entrypoint);
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    healthcheck = List.copyOf(healthcheck);
    files = Map.copyOf(files);
  }

  /** The model server. Its root may be read-only; it writes nowhere but to its prediction log. */
  public static ModelImage server(String base, ModelRef version, Path packageDir) {
    List<String> java =
        List.of(
            "java",
            // what is left is threads, buffers, the runtime's own memory, and the health check's
            // JVM
            "-XX:MaxRAMPercentage=50",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Donnxruntime.native.path=/app/native");
    List<String> probe =
        List.of("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx32m", "-Xshare:auto");
    return new ModelImage(
        base,
        version,
        packageDir,
        SERVER_APP,
        "/model",
        with(java, MAIN),
        List.of(),
        Map.of(
            "HOST",
            "0.0.0.0",
            "PORT",
            String.valueOf(PORT),
            "MILLRACE_MODEL_DIR",
            "/model",
            "MILLRACE_MODEL_VERSION",
            String.valueOf(version.version()),
            "MILLRACE_MODEL_DIGEST",
            version.digest()),
        NOBODY,
        PORT,
        with(probe, MAIN, "--healthcheck"),
        true,
        Map.of());
  }

  /** What the base's entry point starts: ours stands in place of the base's own. */
  static final String FUNCTION_START = "/var/runtime/bootstrap";

  /**
   * A function of AWS Lambda.
   *
   * @param base one of AWS' images for Java: its entry point starts {@code /var/runtime/bootstrap},
   *     under an emulator where no platform is
   * @param handler {@code package.Class::method}, which the base's entry point wants to know
   */
  public static ModelImage function(
      String base, ModelRef version, Path packageDir, String handler) {
    return new ModelImage(
        base,
        version,
        packageDir,
        "/var/task/lib",
        "/var/task/model",
        List.of(),
        List.of(handler),
        Map.of(),
        "",
        0,
        List.of(),
        false,
        Map.of());
  }

  private static List<String> with(List<String> words, String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all;
  }

  /** The same with more in its environment. */
  public ModelImage withEnvironment(Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(environment);
    all.putAll(more);
    return new ModelImage(
        base,
        version,
        packageDir,
        appDir,
        modelDir,
        entrypoint,
        arguments,
        all,
        user,
        port,
        healthcheck,
        logging,
        files);
  }

  /** The same with one more file, such as a cache of loaded classes. */
  public ModelImage withFile(String path, Path file) {
    Map<String, Path> all = new TreeMap<>(files);
    all.put(path, file);
    return new ModelImage(
        base,
        version,
        packageDir,
        appDir,
        modelDir,
        entrypoint,
        arguments,
        environment,
        user,
        port,
        healthcheck,
        logging,
        all);
  }

  /** Whether a runtime of the base's own starts it and looks for the jars itself. */
  boolean function() {
    return entrypoint.isEmpty();
  }

  /** What is in {@code appDir}, in class path order. */
  List<Path> jars(AppFiles app) {
    return function() ? app.functionJars() : app.jars();
  }

  /** The package's sealed manifest, beside the package. */
  String sealed() {
    return modelDir + ".sealed";
  }

  /** A folder beside the jars'. */
  String beside(String name) {
    return appDir.substring(0, appDir.lastIndexOf('/')) + "/" + name;
  }
}
