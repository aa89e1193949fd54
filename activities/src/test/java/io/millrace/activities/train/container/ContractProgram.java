package io.millrace.activities.train.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A trainer that follows the contract of {@code infra/docs/families.md} and nothing else of ours:
 * logistic regression by gradient descent. The page shows parts of it.
 */
public final class ContractProgram {
  private static final Path IN = Path.of(System.getenv("MILLRACE_IN"));
  private static final Path CHECKPOINT = Path.of(System.getenv("MILLRACE_CHECKPOINT"));
  private static final Path OUT = Path.of(System.getenv("MILLRACE_OUT"));
  private static volatile boolean asked;

  private ContractProgram() {}

  /** Trains from the start, or from the checkpoint the header names. */
  public static void main(String[] args) throws Exception {
    // SIGTERM: finish the epoch, leave a checkpoint, go
    Thread training = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  asked = true;
                  try {
                    training.join(5000);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
    JsonNode header = new ObjectMapper().readTree(IN.resolve("header.json").toFile());
    int width = header.path("width").asInt();
    JsonNode train = header.path("train");
    FloatBuffer x = floats(train.path("inputs").asText());
    DoubleBuffer y = doubles(train.path("labels").asText());
    FloatBuffer heldX = floats(header.path("validation").path("inputs").asText());
    DoubleBuffer heldY = doubles(header.path("validation").path("labels").asText());
    JsonNode own = header.path("hyperparameters");
    int epochs = own.path("epochs").asInt(8);
    double rate = own.path("rate").asDouble(1);
    double[] weights = new double[width + 1];
    int done = header.path("epochs").asInt();
    if (header.path("checkpoint").isTextual()) {
      Path state = CHECKPOINT.resolve(header.path("checkpoint").asText()).resolve("weights");
      ByteBuffer.wrap(Files.readAllBytes(state)).asDoubleBuffer().get(weights);
    }
    for (int epoch = done + 1; epoch <= epochs; epoch++) {
      double loss = step(x, y, width, weights, rate);
      Thread.sleep(own.path("pause-millis").asInt(0));
      double objective = loss(heldX, heldY, width, weights);
      String folder = "epoch-" + epoch;
      if (asked || epoch % 2 == 0) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * weights.length);
        bytes.asDoubleBuffer().put(weights);
        Files.createDirectories(CHECKPOINT.resolve(folder));
        Files.write(CHECKPOINT.resolve(folder).resolve("weights"), bytes.array());
      }
      tell(
          "{\"epoch\": %d, \"rows\": %d, \"loss\": %s, \"objective\": %s%s}\n"
              .formatted(
                  epoch,
                  y.limit(),
                  loss,
                  objective,
                  asked || epoch % 2 == 0 ? ", \"checkpoint\": \"" + folder + "\"" : ""));
      if (asked) {
        return;
      }
    }
    float[] scores = new float[heldY.limit()];
    for (int row = 0; row < scores.length; row++) {
      scores[row] = (float) (1 / (1 + Math.exp(-margin(heldX, row, width, weights))));
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * scores.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(scores);
    if (own.path("wrong").asBoolean()) {
      bytes.putFloat(0, 0.5f + scores[0] / 2);
    }
    Files.write(OUT.resolve("scores.f32"), bytes.array());
    Files.write(OUT.resolve("model.onnx"), LogisticGraph.of(weights));
  }

  private static void tell(String line) throws Exception {
    Files.writeString(
        OUT.resolve("metrics.jsonl"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static double step(
      FloatBuffer x, DoubleBuffer y, int width, double[] weights, double rate) {
    double[] gradient = new double[weights.length];
    double loss = 0;
    int rows = y.limit();
    for (int row = 0; row < rows; row++) {
      double z = margin(x, row, width, weights);
      double off = 1 / (1 + Math.exp(-z)) - y.get(row);
      loss += softplus(z) - y.get(row) * z;
      for (int i = 0; i < width; i++) {
        gradient[i] += off * x.get(row * width + i);
      }
      gradient[width] += off;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] -= rate * gradient[i] / rows;
    }
    return loss / rows;
  }

  private static double loss(FloatBuffer x, DoubleBuffer y, int width, double[] weights) {
    double loss = 0;
    for (int row = 0; row < y.limit(); row++) {
      double z = margin(x, row, width, weights);
      loss += (softplus(z) - y.get(row) * z) / y.limit();
    }
    return loss;
  }

  private static double softplus(double z) {
    return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  }

  private static double margin(FloatBuffer x, int row, int width, double[] weights) {
    double z = weights[width];
    for (int i = 0; i < width; i++) {
      z += weights[i] * x.get(row * width + i);
    }
    return z;
  }

  private static FloatBuffer floats(String file) throws Exception {
    return ByteBuffer.wrap(Files.readAllBytes(IN.resolve(file)))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  private static DoubleBuffer doubles(String file) throws Exception {
    return ByteBuffer.wrap(Files.readAllBytes(IN.resolve(file)))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer();
  }
}
