package io.millrace.activities.watch;

import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import io.millrace.workflows.ref.Checks;
import io.millrace.workflows.spec.WatchSpec;
import io.millrace.workflows.wire.PayloadJson;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * New files of labels in a folder that somebody else fills, {@code watch.labels.from}: each is
 * added as {@link Labels#add} adds a file, once as long as it is as it was. What was taken is
 * remembered in {@code endpoints/<model>/labels/<digest of name and state>.json}; a check that is
 * repeated, or two at once, add nothing twice.
 *
 * <p>A file that cannot be added is remarked in every check until it is mended or gone, and keeps
 * nothing else from being added; so is a folder that cannot be listed.
 */
final class LabelFolder {
  /** Files that one check takes, at most: the next one goes on. */
  static final int FILES = 500;

  /** Of what is wrong; the first of many files tells enough. */
  private static final int REMARKS = 5;

  private static final Pattern ENDING =
      Pattern.compile(".*(\\.(csv|jsonl|ndjson)(\\.gz)?)", Pattern.CASE_INSENSITIVE);

  private final ObjectStore store;
  private final Labels labels;
  private final Supplier<S3Client> s3;

  /**
   * @param s3 opened for {@code s3://} alone, and closed again
   */
  LabelFolder(ObjectStore store, Labels labels, Supplier<S3Client> s3) {
    this.store = store;
    this.labels = labels;
    this.s3 = s3;
  }

  /** Where files lie. */
  private interface Place extends AutoCloseable {
    /** Names below the place, in order, each with what changes when its bytes do. */
    Map<String, String> files() throws IOException;

    void fetch(String name, Path target) throws IOException;

    @Override
    void close();
  }

  /**
   * Adds what is new.
   *
   * @param progress told each file
   * @return what could not be added, and why
   */
  List<Remark> take(WatchedVersion version, Consumer<String> progress) {
    WatchSpec.LabelsSpec spec = version.spec().watch().labels();
    String from = spec == null ? null : spec.from();
    if (from == null) {
      return List.of();
    }
    String model = version.ref().name();
    List<Remark> remarks = new ArrayList<>();
    boolean remote = from.startsWith("s3://");
    if (!remote && !Files.isDirectory(folder(from))) {
      return List.of(remark(from + " cannot be read (expected: a folder)"));
    }
    try (Place place = remote ? bucket(from) : new Folder(folder(from))) {
      int taken = 0;
      for (Map.Entry<String, String> file : place.files().entrySet()) {
        String key = key(model, from, file);
        if (taken < FILES && store.sizeBytes(key).isEmpty()) {
          progress.accept("labels");
          taken++;
          add(place, model, file.getKey(), key, remarks);
        }
      }
    } catch (IOException | SdkException e) {
      remarks.add(remark(from + " cannot be read: " + e.getClass().getSimpleName()));
    }
    return remarks.subList(0, Math.min(REMARKS, remarks.size()));
  }

  private void add(Place place, String model, String name, String key, List<Remark> remarks)
      throws IOException {
    // the ending says how it is read
    Path file = Files.createTempFile("labels-", ENDING.matcher(name).replaceFirst("$1"));
    try {
      place.fetch(name, file);
      Labels.Added added = labels.add(model, file);
      store.create(
          key,
          PayloadJson.mapper()
              .writeValueAsBytes(Map.of("file", name, "rows", added.rows(), "key", added.key())));
    } catch (ApplicationFailure refused) {
      FailureType type = Failures.typeOf(refused).orElse(null);
      if (type != FailureType.REQUEST_INVALID && type != FailureType.CONFIG_INVALID) {
        // the file is not at fault, and is taken when the check is tried again
        throw refused;
      }
      String why = Failures.sentence(refused).replace(file.toString(), name);
      remarks.add(remark(name + ": " + why.replace(file.getFileName().toString(), name)));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static Remark remark(String sentence) {
    return new Remark(Remark.LABEL_FILE, "watch.labels.from: " + sentence);
  }

  private static String key(String model, String from, Map.Entry<String, String> file) {
    return "endpoints/"
        + Checks.name("endpoint", model)
        + "/labels/"
        + PayloadJson.sha256(from + "|" + file.getKey() + "|" + file.getValue())
        + ".json";
  }

  private static Path folder(String from) {
    return Path.of(from.startsWith("file:") ? from.substring("file:".length()) : from);
  }

  private Place bucket(String from) {
    String rest = from.substring("s3://".length());
    int slash = rest.indexOf('/');
    return new Bucket(
        s3.get(),
        slash < 0 ? rest : rest.substring(0, slash),
        slash < 0 ? "" : rest.substring(slash + 1));
  }

  private record Folder(Path folder) implements Place {
    @Override
    public Map<String, String> files() throws IOException {
      Map<String, String> files = new TreeMap<>();
      try (Stream<Path> walk = Files.walk(folder)) {
        for (Path file : walk.filter(Files::isRegularFile).toList()) {
          String name = folder.relativize(file).toString();
          if (ENDING.matcher(name).matches()) {
            files.put(name, Files.size(file) + "|" + Files.getLastModifiedTime(file));
          }
        }
      }
      return files;
    }

    @Override
    public void fetch(String name, Path target) throws IOException {
      Files.copy(folder.resolve(name), target, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() {}
  }

  private record Bucket(S3Client client, String bucket, String prefix) implements Place {
    @Override
    public Map<String, String> files() {
      Map<String, String> files = new TreeMap<>();
      for (S3Object object :
          client.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix)).contents()) {
        if (ENDING.matcher(object.key()).matches()) {
          files.put(object.key(), object.size() + "|" + object.eTag());
        }
      }
      return files;
    }

    @Override
    public void fetch(String name, Path target) throws IOException {
      try (var in = client.getObject(get -> get.bucket(bucket).key(name))) {
        Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
