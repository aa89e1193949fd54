package io.millrace.activities.train.net;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.train.EncodingPlan;
import io.millrace.activities.train.Hyperparameter;
import io.millrace.activities.train.Hyperparameters;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ColumnType;
import io.millrace.workflows.spec.DataSpec;
import io.millrace.workflows.spec.ImageSpec;
import io.millrace.workflows.spec.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of convolution, ReLU and pooling by two, then dense layers: for images given as one number
 * column per pixel and channel, row after row, channels innermost.
 */
public final class CnnFamily extends NetFamily {
  @Override
  public String name() {
    return "cnn";
  }

  @Override
  public Set<Task> tasks() {
    return Set.of(Task.IMAGE, Task.MULTICLASS, Task.BINARY);
  }

  @Override
  public List<Hyperparameter> hyperparameters() {
    return List.of(
        new Hyperparameter.Wholes("blocks", List.of(16, 32), 1, 1024, 8),
        new Hyperparameter.Whole("kernel", 3, 1, 15),
        new Hyperparameter.Wholes("hidden", List.of(128), 1, 4096, 8),
        new Hyperparameter.Real("dropout", 0.3, 0, 1, true),
        new Hyperparameter.Whole("shift", 2, 0, 16),
        new Hyperparameter.Real("learning-rate", 0.002, 1e-7, 1, false),
        new Hyperparameter.Real("weight-decay", 0.01, 0, 1, false),
        new Hyperparameter.Whole("height", 0, 0, 4096),
        new Hyperparameter.Whole("width", 0, 0, 4096),
        new Hyperparameter.Whole("channels", 0, 0, 1024),
        CLASS_WEIGHT);
  }

  @Override
  public List<String> problems(Hyperparameters values, Task task, DataSpec data) {
    List<String> problems = new ArrayList<>(super.problems(values, task, data));
    if (values.whole("kernel") % 2 == 0) {
      problems.add(
          "kernel: " + values.whole("kernel") + " (expected: an odd number, which has a middle)");
    }
    return problems;
  }

  @Override
  Plan plan(Hyperparameters values, DataSpec data, DatasetManifest dataset) {
    for (ColumnInfo column : dataset.features()) {
      if (column.type() != ColumnType.NUMBER) {
        throw Failures.of(
            FailureType.DATA_INVALID,
            column.name() + ": a category (expected: a number, one column per pixel and channel)");
      }
    }
    List<Layer> layers = layers(values, shape(values, data.image(), dataset.features().size()));
    return new Plan(
        EncodingPlan.alike(),
        (table, outputs) -> {
          List<Layer> all = new ArrayList<>(layers);
          all.add(new Layer.Dense(outputs, true));
          return all;
        },
        values.real("learning-rate"),
        values.real("weight-decay"));
  }

  private static List<Layer> layers(Hyperparameters values, ImageLayer.Pixels pixels) {
    List<Integer> blocks = values.wholes("blocks");
    int smaller = Math.min(pixels.height(), pixels.width());
    if (smaller >> blocks.size() == 0) {
      throw Failures.of(
          FailureType.CONFIG_INVALID,
          "blocks: "
              + blocks
              + ", each halves "
              + pixels.height()
              + " x "
              + pixels.width()
              + " pixels (expected: at most "
              + (31 - Integer.numberOfLeadingZeros(smaller))
              + " of them)");
    }
    List<Layer> layers = new ArrayList<>();
    layers.add(pixels);
    if (values.whole("shift") > 0) {
      layers.add(new ImageLayer.Shift(values.whole("shift")));
    }
    for (int filters : blocks) {
      layers.add(new ImageLayer.Conv(filters, values.whole("kernel")));
      layers.add(new Layer.Relu());
      layers.add(new ImageLayer.MaxPool(2));
    }
    layers.add(new ImageLayer.Flatten());
    layers.addAll(MlpFamily.hidden(values.wholes("hidden"), values.real("dropout")));
    return layers;
  }

  /**
   * What the candidate leaves 0 is what the data declare, else follows from the number of columns:
   * one channel, a square.
   */
  private static ImageLayer.Pixels shape(
      Hyperparameters values, @Nullable ImageSpec declared, int columns) {
    int height = values.whole("height");
    int width = values.whole("width");
    int channels = values.whole("channels");
    boolean given = height > 0 || width > 0 || channels > 0;
    if (!given && declared != null) {
      height = declared.height();
      width = declared.width();
      channels = declared.channels();
    }
    if (channels == 0) {
      channels = height > 0 && width > 0 ? columns / Math.multiplyExact(height, width) : 1;
    }
    int pixels = channels == 0 ? 0 : columns / channels;
    if (height == 0 && width == 0) {
      height = (int) Math.sqrt(pixels);
      width = height;
    } else if (height == 0) {
      height = pixels / width;
    } else if (width == 0) {
      width = pixels / height;
    }
    if (height == 0 || (long) height * width * channels != columns) {
      throw given || declared != null
          ? Failures.of(
              FailureType.CONFIG_INVALID,
              "height, width, channels: "
                  + (given ? values.whole("height") : height)
                  + ", "
                  + (given ? values.whole("width") : width)
                  + ", "
                  + (given ? values.whole("channels") : channels)
                  + " (expected: numbers whose product is "
                  + columns
                  + ", the number columns; 0 to infer one)")
          : Failures.of(
              FailureType.DATA_INVALID,
              "number columns: "
                  + columns
                  + " (expected: a square number of grey pixels, or height, width and channels in"
                  + " the candidate)");
    }
    return new ImageLayer.Pixels(height, width, channels);
  }
}
