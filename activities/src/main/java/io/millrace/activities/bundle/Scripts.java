package io.millrace.activities.bundle;

import io.millrace.inference.runtime.RuntimeKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;

/** The programs of a bundle: a few lines of POSIX sh each. */
final class Scripts {
  /** The same for every start: a start-up cache made with other flags is not used. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xmx256m",
          // a cache that does not fit is not used, which is nothing to warn of
          "-Xlog:aot*=off",
          "-Dslf4j.provider=io.millrace.inference.edge.StderrLogs",
          "-Dslf4j.internal.verbosity=ERROR",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /** In {@code lib/}. */
  static final String CACHE = "start.aot";

  private Scripts() {}

  static void write(Path stage, List<String> jars, RuntimeKind kind) throws IOException {
    Path bin = Files.createDirectories(stage.resolve("bin"));
    String path = jars.stream().map(jar -> "$here/lib/" + jar).collect(Collectors.joining(":"));
    String natives =
        kind == RuntimeKind.ONNX ? " -Donnxruntime.native.path=\"$here/lib/native\"" : "";
    script(
        bin.resolve("run"),
        """
        #!/bin/sh
        # Runs the program of this bundle: serve, ship or verify. JAVA_FLAGS are added to the JVM's.
        here=$(cd "$(dirname "$0")/.." && pwd) || exit 1
        # a long command line kills ONNX Runtime's start
        CLASSPATH="%s"
        MILLRACE_RUNTIME=${MILLRACE_RUNTIME-%s}
        export CLASSPATH MILLRACE_RUNTIME
        exec "$here/jre/bin/java" ${CACHE_FLAG--XX:AOTCache="$here/lib/%s"} %s%s ${JAVA_FLAGS-} \\
          io.millrace.inference.edge.EdgeMain "$here" "$@"
        """
            .formatted(path, kind.word(), CACHE, String.join(" ", FLAGS), natives));
    for (String command : List.of("serve", "ship", "verify")) {
      script(bin.resolve(command), "#!/bin/sh\nexec \"$(dirname \"$0\")/run\" " + command + "\n");
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
