package io.millrace.activities.train.container;

import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Fitted;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.activities.train.ModelFamily;
import io.millrace.activities.train.TabularData;
import io.millrace.activities.train.Trial;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.train.TrainActivities.TrialRequest;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.Task;
import io.millrace.workflows.wire.PayloadJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Any image that follows {@link Contract}: it is given the encoded splits, tells its progress line
 * by line, leaves checkpoints and ends with an ONNX graph. Whether a resumed trial ends in the same
 * bits is the image's doing; everything around it is ours.
 */
public final class ContainerFamily implements ModelFamily {
  private static final String ARGUMENT = "arg-";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,4})(MB|GB|TB)");
  private static final long LEAST_MEMORY = 64L << 20;
  private static final long MOST_MEMORY = 1L << 40;

  /** Bins when numbers are to be piecewise linear; what the nets take by default. */
  private static final int PIECES = 16;

  private static final long MOST_MODEL_BYTES = 1L << 30;

  private final Supplier<Engine> engines;

  /** With the Docker engine of the node. */
  public ContainerFamily() {
    this(DockerEngine::new);
  }

  /**
   * @param engines a new one for each trial, which closes it
   */
  public ContainerFamily(Supplier<Engine> engines) {
    this.engines = engines;
  }

  @Override
  public String name() {
    return "container";
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Text(
            "image",
            "",
            true,
            Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._/:@-]{0,254}"),
            "an image's name such as registry.example.org/team/trainer:1.4"),
        new Hyperparameter.Texts("command", Pattern.compile("(?s).{1,4096}"), 100, "texts"),
        new Hyperparameter.Texts(
            "env",
            Pattern.compile("(?s)[A-Za-z_][A-Za-z0-9_]*=.{0,4096}"),
            100,
            "texts NAME=value"),
        new Hyperparameter.Choice("inputs", "standard", List.of("standard", "pieces", "raw")),
        new Hyperparameter.Text(
            "memory", "2GB", false, SIZE, "a size from 64MB to 1TB such as 2GB"),
        new Hyperparameter.Real("cpus", 0, 0, 256, false),
        new Hyperparameter.Choice("network", "none", List.of("none", "bridge")),
        // a node leaves 15 seconds after it was told to
        new Hyperparameter.Whole("grace", 10, 1, 100));
  }

  @Override
  public String openPrefix() {
    return ARGUMENT;
  }

  @Override
  public FailureType mismatch() {
    return FailureType.CONFIG_INVALID;
  }

  @Override
  public List<String> problems(Hyperparameters values, Task task, DataSpec data) {
    long memory = bytes(values.text("memory"));
    return memory >= LEAST_MEMORY && memory <= MOST_MEMORY
        ? List.of()
        : List.of(
            "memory: "
                + values.text("memory")
                + " (expected: a size from 64MB to 1TB such as 2GB)");
  }

  static long bytes(String size) {
    Matcher parts = SIZE.matcher(size);
    if (!parts.matches()) {
      throw new IllegalArgumentException("memory: " + size + " (expected: a size such as 2GB)");
    }
    int shift =
        switch (parts.group(2)) {
          case "MB" -> 20;
          case "GB" -> 30;
          default -> 40;
        };
    return Long.parseLong(parts.group(1)) << shift;
  }

  @Override
  public Fitted fit(Trial trial) {
    try {
      Files.createDirectories(trial.scratch());
      Path work = Files.createTempDirectory(trial.scratch(), "container-").toRealPath();
      try {
        return fit(trial, work);
      } finally {
        FolderArchive.delete(work);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "scratch: " + trial.scratch() + " (expected: to be writable)", e);
    }
  }

  private Fitted fit(Trial trial, Path work) throws IOException {
    TrialRequest request = trial.request();
    Hyperparameters values = trial.values();
    TabularData data = trial.table(plan(values.text("inputs")));
    Path in = Files.createDirectory(work.resolve("in"));
    Path checkpoints = Files.createDirectory(work.resolve("checkpoint"));
    Path out = Files.createDirectory(work.resolve("out"));
    Follower follower;
    try (Engine engine = engines.get()) {
      String image = engine.identity(values.text("image"));
      ContainerState start =
          trial
              .resume(content -> ContainerState.decode(content, image))
              .orElseGet(() -> ContainerState.initial(image));
      String folder = start.folder();
      if (folder != null) {
        FolderArchive.unpack(start.archive(), checkpoints.resolve(folder));
      }
      Contract.write(trial, data, own(values), start, in);
      follower = new Follower(trial, image, start, out, checkpoints, values.whole("grace"));
      try (Engine.Running running = engine.start(job(request, values, in, checkpoints, out))) {
        follower.follow(running);
      }
    }
    if (follower.bestEpoch() == 0) {
      throw missing(values, Contract.METRICS, "a line with an objective for each epoch");
    }
    int outputs = Contract.outputs(request, data);
    byte[] graph = written(values, out, Contract.MODEL, "the best epoch's model");
    float[] scores = scores(values, out, data.validation().rows(), outputs);
    return new Fitted(
        data.features(),
        data.encodings(),
        graph,
        scores,
        scale(request, data.train().labels()),
        follower.history().size(),
        follower.bestEpoch(),
        follower.history().size(),
        // what is in a stranger's graph is not ours to count
        0,
        follower.history(),
        follower.losses());
  }

  private static EncodingPlan plan(String inputs) {
    return switch (inputs) {
      case "raw" -> EncodingPlan.raw(Integer.MAX_VALUE);
      case "pieces" -> EncodingPlan.oneHot(PIECES);
      default -> EncodingPlan.oneHot(0);
    };
  }

  private static Map<String, Object> own(Hyperparameters values) {
    Map<String, Object> own = new TreeMap<>();
    values
        .values()
        .forEach(
            (name, value) -> {
              if (name.startsWith(ARGUMENT)) {
                own.put(name.substring(ARGUMENT.length()), value);
              }
            });
    return own;
  }

  private static Engine.Job job(
      TrialRequest request, Hyperparameters values, Path in, Path checkpoints, Path out) {
    List<String> environment = new ArrayList<>(values.texts("env"));
    environment.add("MILLRACE_IN=" + Contract.IN);
    environment.add("MILLRACE_CHECKPOINT=" + Contract.CHECKPOINT);
    environment.add("MILLRACE_OUT=" + Contract.OUT);
    double cpus = values.real("cpus");
    return new Engine.Job(
        // one container per trial of a run: a second attempt ends what the first left
        "millrace-"
            + PayloadJson.sha256(request.run().runId() + "/" + request.trial()).substring(0, 20),
        values.text("image"),
        values.texts("command"),
        environment,
        bytes(values.text("memory")),
        cpus > 0 ? cpus : request.threads(),
        values.text("network"),
        in,
        checkpoints,
        out);
  }

  private static float[] scores(Hyperparameters values, Path out, int rows, int outputs)
      throws IOException {
    byte[] bytes =
        written(values, out, Contract.SCORES, "the model's scores of the validation rows");
    long wanted = 4L * rows * outputs;
    if (bytes.length != wanted) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          Contract.OUT
              + "/"
              + Contract.SCORES
              + ": "
              + bytes.length
              + " bytes (expected: "
              + wanted
              + ", "
              + rows
              + " rows of "
              + outputs
              + " float32)");
    }
    float[] scores = new float[rows * outputs];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(scores);
    return scores;
  }

  /** A file the image must have written; a link is none, it could name any file of the node. */
  private static byte[] written(Hyperparameters values, Path out, String name, String what)
      throws IOException {
    Path file = out.resolve(name);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw missing(values, name, what);
    }
    long size = Files.size(file);
    if (size > MOST_MODEL_BYTES) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          Contract.OUT
              + "/"
              + name
              + ": "
              + size
              + " bytes (expected: at most "
              + MOST_MODEL_BYTES
              + ")");
    }
    return Files.readAllBytes(file);
  }

  private static RuntimeException missing(Hyperparameters values, String name, String what) {
    return Failures.of(
        FailureType.CONFIG_INVALID,
        Contract.OUT
            + "/"
            + name
            + ": missing (expected: "
            + what
            + ", from image "
            + values.text("image")
            + ")");
  }

  private static double scale(TrialRequest request, double[] labels) {
    if (request.task().scored() != Task.REGRESSION) {
      return 1;
    }
    double mean = 0;
    for (double label : labels) {
      mean += label / labels.length;
    }
    double square = 0;
    for (double label : labels) {
      square += (label - mean) * (label - mean) / labels.length;
    }
    return square > 0 ? Math.sqrt(square) : 1;
  }
}
