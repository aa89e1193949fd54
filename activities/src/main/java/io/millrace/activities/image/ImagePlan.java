package io.millrace.activities.image;

import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import com.google.cloud.tools.jib.api.buildplan.Port;
import io.millrace.inference.model.PackageFiles;
import io.millrace.workflows.ref.ModelRef;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An image's layers and settings: what changes seldom lies below what changes with every version,
 * so that engines and registries share it. No time, no owner and no name of this machine is in it.
 */
final class ImagePlan {
  private ImagePlan() {}

  /**
   * @param sealed the package's sealed manifest; null where the start reads the package itself
   */
  static JibContainerBuilder of(
      ModelImage image, Path base, AppFiles files, String content, @Nullable Path sealed) {
    JibContainerBuilder builder =
        Jib.from(TarImage.at(base)).setFormat(ImageFormat.Docker).setCreationTime(Instant.EPOCH);
    FileEntriesLayer.Builder libraries = FileEntriesLayer.builder().setName("libraries");
    FileEntriesLayer.Builder own = FileEntriesLayer.builder().setName("server");
    AppFiles.Found app = files.files();
    List<String> classPath = new ArrayList<>();
    for (Path jar : image.jars(files)) {
      String path = image.appDir() + "/" + jar.getFileName();
      classPath.add(path);
      (classPath.size() == 1 ? own : libraries).addEntry(jar, AbsoluteUnixPath.get(path));
    }
    if (image.logging()) {
      for (Path jar : app.logging()) {
        String path = image.appDir() + "/" + jar.getFileName();
        classPath.add(path);
        libraries.addEntry(jar, AbsoluteUnixPath.get(path));
      }
      Path settings = files.logSettings();
      String folder = image.beside("config");
      classPath.addFirst(folder);
      own.addEntry(settings, AbsoluteUnixPath.get(folder + "/" + settings.getFileName()));
    }
    if (image.function()) {
      own.addEntry(
          files.functionStart(),
          AbsoluteUnixPath.get(ModelImage.FUNCTION_START),
          FilePermissions.fromOctalString("755"));
    }
    for (Path library : app.natives()) {
      libraries.addEntry(
          library, AbsoluteUnixPath.get(image.beside("native") + "/" + library.getFileName()));
    }
    FileEntriesLayer.Builder model = FileEntriesLayer.builder().setName("model");
    for (String name : List.of(PackageFiles.GRAPH, PackageFiles.MANIFEST)) {
      model.addEntry(
          image.packageDir().resolve(name), AbsoluteUnixPath.get(image.modelDir() + "/" + name));
    }
    if (sealed != null) {
      model.addEntry(sealed, AbsoluteUnixPath.get(image.sealed()));
    }
    builder.addFileEntriesLayer(libraries.build());
    builder.addFileEntriesLayer(own.build());
    builder.addFileEntriesLayer(model.build());
    if (!image.files().isEmpty()) {
      FileEntriesLayer.Builder more = FileEntriesLayer.builder().setName("files");
      new TreeMap<>(image.files())
          .forEach((path, file) -> more.addEntry(file, AbsoluteUnixPath.get(path)));
      builder.addFileEntriesLayer(more.build());
    }
    if (!image.function()) {
      // not in the command: ONNX Runtime 1.29 runs a recursive pattern over the command line
      builder.addEnvironmentVariable("CLASSPATH", String.join(":", classPath));
    }
    if (sealed != null) {
      builder.addEnvironmentVariable("MILLRACE_SEALED", image.sealed());
    }
    new TreeMap<>(image.environment()).forEach(builder::addEnvironmentVariable);
    labels(image.version(), content).forEach(builder::addLabel);
    if (!image.entrypoint().isEmpty()) {
      builder.setEntrypoint(image.entrypoint());
    }
    builder.setProgramArguments(image.arguments());
    if (!image.user().isEmpty()) {
      builder.setUser(image.user());
    }
    if (image.port() > 0) {
      builder.addExposedPort(Port.tcp(image.port()));
    }
    return builder;
  }

  private static Map<String, String> labels(ModelRef version, String content) {
    Map<String, String> labels = new TreeMap<>();
    labels.put("org.opencontainers.image.title", version.name());
    labels.put("org.opencontainers.image.version", String.valueOf(version.version()));
    labels.put("org.opencontainers.image.revision", version.digest());
    labels.put("io.millrace.model", version.name());
    labels.put("io.millrace.version", String.valueOf(version.version()));
    labels.put("io.millrace.digest", version.digest());
    labels.put("io.millrace.build", content);
    return labels;
  }
}
