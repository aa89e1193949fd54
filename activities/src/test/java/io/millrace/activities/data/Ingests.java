package io.millrace.activities.data;

import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.port.data.DataActivities.RecentRows;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ForecastSpec;
import io.millrace.workflows.spec.ImageSpec;
import io.millrace.workflows.spec.PrivacySpec;
import io.millrace.workflows.spec.RecommendSpec;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One ingest after another over a store in a folder; the fields are the spec. */
final class Ingests {
  static final String KEY = "a test key of more than 16 bytes";

  final Path root;
  final ObjectStore store;
  final DuckDbIngest ingest;
  Task task = Task.BINARY;
  String name = "test";
  String target = "y";
  SourceSpec source = new SourceSpec(null, null, null);
  @Nullable String specLocation;
  @Nullable String positive;
  @Nullable String id;
  @Nullable String time;
  List<String> exclude = List.of();
  Map<String, ColumnType> columns = new LinkedHashMap<>();
  SplitSpec split = new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.2, 0.1, 7);
  final List<ExpectationSpec> expectations = new ArrayList<>();
  PrivacySpec privacy = new PrivacySpec("all", PrivacySpec.Action.MASK, null, Map.of());
  Map<String, String> derive = Map.of();
  @Nullable ForecastSpec forecast;
  @Nullable RecommendSpec recommend;
  @Nullable ImageSpec image;
  @Nullable RecentRows recent;

  Ingests(Path root) {
    this(root, new FileStore(root.resolve("store")));
  }

  private Ingests(Path root, ObjectStore store) {
    this(
        root,
        store,
        new DuckDbIngest(
            store,
            root.resolve("scratch"),
            new Secrets(Map.of("KEY", KEY)),
            () -> {
              throw new IllegalStateException("no S3 here");
            },
            Duration.ofSeconds(2),
            Duration.ofMillis(400)));
  }

  Ingests(Path root, ObjectStore store, DuckDbIngest ingest) {
    this.root = root;
    this.store = store;
    this.ingest = ingest;
  }

  static Path examples() {
    return Path.of(System.getenv("MILLRACE_ROOT"), "infra", "examples");
  }

  Ingests csv(String content) throws Exception {
    Path file = Files.writeString(root.resolve("source.csv"), content);
    return from(new SourceSpec(file.toString(), null, null));
  }

  Ingests from(SourceSpec other) {
    source = other;
    return this;
  }

  IngestResult run() {
    return ingest.ingest(request());
  }

  /** As a run asks for it. */
  IngestRequest request() {
    DataSpec data =
        new DataSpec(
            source,
            target,
            positive,
            null,
            id,
            time,
            exclude,
            columns,
            split,
            expectations,
            privacy,
            derive,
            forecast,
            recommend,
            image);
    return new IngestRequest(
        new RunRef("test-1", "test", null), name, task, data, specLocation, recent);
  }

  /** Everything the store holds, by key. */
  List<String> keys() {
    return store.list("");
  }

  /** What is left in the scratch folder: must be nothing. */
  List<Path> scraps() throws Exception {
    Path folder = root.resolve("scratch").resolve("ingest");
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var paths = Files.list(folder)) {
      return paths.toList();
    }
  }
}
