package io.millrace.activities.data;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.spec.ImageSpec;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Pictures as pixels: {@code height x width x channels} whole numbers 0..255, row by row, channels
 * side by side. What the header says is looked at before anything is unpacked, so a small file
 * cannot ask for gigabytes. A picture of another size is refused or resized by the mean of the area
 * that falls onto each pixel, in our own arithmetic: the same on every machine.
 *
 * <p>Grey is {@code 0.299 R + 0.587 G + 0.114 B} (ITU-R BT.601); what is transparent shows white.
 */
final class Pictures {
  /** Bytes of one file. */
  static final long MOST_BYTES = 32L << 20;

  /** Pixels of one picture as it lies there: 200 MB unpacked. */
  private static final long MOST_PIXELS = 50_000_000;

  private final ImageSpec spec;

  Pictures(ImageSpec spec) {
    this.spec = spec;
  }

  /**
   * A file's pixels.
   *
   * @param name for messages
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_UNREADABLE} for what is no picture
   *     or a too large one, {@code DATA_INVALID} for one of another size that is to be refused
   */
  short[] decode(String name, byte[] file) {
    // in memory: the factory would write each picture to the disk once more
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw unreadable(name, null);
      }
      ImageReader reader = readers.next();
      try {
        // texts and colour profiles inside a file are not unpacked either
        reader.setInput(in, true, true);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if ((long) width * height > MOST_PIXELS) {
          throw Failures.of(
              FailureType.DATA_UNREADABLE,
              "%s: %d x %d pixels (expected: at most %d together)"
                  .formatted(name, height, width, MOST_PIXELS));
        }
        boolean fits = width == spec.width() && height == spec.height();
        if (!fits && spec.fit() == ImageSpec.Fit.REFUSE) {
          throw Failures.of(
              FailureType.DATA_INVALID,
              "%s: %d x %d pixels (expected: %d x %d, or data.image.fit: resize)"
                  .formatted(name, height, width, spec.height(), spec.width()));
        }
        return scaled(planes(reader.read(0)), height, width);
      } finally {
        reader.dispose();
      }
    } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
      // decoders throw all of these at files that are damaged
      throw unreadable(name, e);
    }
  }

  /**
   * Pixels written as numbers with blanks, commas or semicolons between.
   *
   * @throws io.temporal.failure.ApplicationFailure {@code DATA_INVALID} for another count than the
   *     size asks for, or a value that is no number from 0 to 255
   */
  short[] parse(String name, String text) {
    String[] values = text.strip().split("[\\s,;]+");
    if (values.length != spec.size()) {
      throw Failures.of(
          FailureType.DATA_INVALID,
          "%s: %d pixels (expected: %d x %d x %d = %d)"
              .formatted(
                  name, values.length, spec.height(), spec.width(), spec.channels(), spec.size()));
    }
    short[] pixels = new short[values.length];
    for (int i = 0; i < pixels.length; i++) {
      if (!values[i].matches("\\d{1,3}") || Short.parseShort(values[i]) > 255) {
        throw Failures.of(
            FailureType.DATA_INVALID,
            "%s: pixel %d is no whole number from 0 to 255 (expected: one)".formatted(name, i));
      }
      pixels[i] = Short.parseShort(values[i]);
    }
    return pixels;
  }

  /** {@code [channel][row * width + column]}, 0..255. */
  private float[][] planes(BufferedImage image) {
    int count = Math.multiplyExact(image.getWidth(), image.getHeight());
    float[][] planes = new float[spec.channels()][count];
    ColorModel colours = image.getColorModel();
    boolean grey =
        colours.getColorSpace().getType() == ColorSpace.TYPE_GRAY
            && colours.getNumComponents() == 1
            && image.getRaster().getNumBands() == 1;
    int[] row = new int[image.getWidth()];
    for (int y = 0; y < image.getHeight(); y++) {
      if (grey) {
        // getRGB would take grey for linear light and brighten it
        Raster raster = image.getRaster();
        raster.getSamples(0, y, image.getWidth(), 1, 0, row);
        float most = (1 << colours.getComponentSize(0)) - 1;
        for (int x = 0; x < row.length; x++) {
          for (float[] plane : planes) {
            plane[y * row.length + x] = row[x] * 255f / most;
          }
        }
        continue;
      }
      image.getRGB(0, y, image.getWidth(), 1, row, 0, image.getWidth());
      for (int x = 0; x < row.length; x++) {
        float alpha = (row[x] >>> 24) / 255f;
        float red = (row[x] >> 16 & 0xff) * alpha + 255 * (1 - alpha);
        float green = (row[x] >> 8 & 0xff) * alpha + 255 * (1 - alpha);
        float blue = (row[x] & 0xff) * alpha + 255 * (1 - alpha);
        int at = y * row.length + x;
        if (planes.length == 1) {
          planes[0][at] = 0.299f * red + 0.587f * green + 0.114f * blue;
        } else {
          planes[0][at] = red;
          planes[1][at] = green;
          planes[2][at] = blue;
        }
      }
    }
    return planes;
  }

  private short[] scaled(float[][] planes, int height, int width) {
    double[][] down = weights(height, spec.height());
    double[][] across = weights(width, spec.width());
    short[] pixels = new short[spec.size()];
    for (int c = 0; c < planes.length; c++) {
      double[] squeezed = new double[height * spec.width()];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < spec.width(); x++) {
          squeezed[y * spec.width() + x] = mean(planes[c], y * width, 1, across[x]);
        }
      }
      for (int y = 0; y < spec.height(); y++) {
        for (int x = 0; x < spec.width(); x++) {
          double value = 0;
          double[] part = down[y];
          for (int i = 1; i < part.length; i++) {
            value += part[i] * squeezed[((int) part[0] + i - 1) * spec.width() + x];
          }
          pixels[(y * spec.width() + x) * planes.length + c] =
              (short) Math.clamp(Math.round(value), 0, 255);
        }
      }
    }
    return pixels;
  }

  private static double mean(float[] plane, int from, int stride, double[] part) {
    double sum = 0;
    for (int i = 1; i < part.length; i++) {
      sum += part[i] * plane[from + ((int) part[0] + i - 1) * stride];
    }
    return sum;
  }

  /**
   * For each of {@code to} pixels: the first of the {@code from} ones that falls onto it, then the
   * share of it and of those after it, which add up to 1.
   */
  private static double[][] weights(int from, int to) {
    double[][] weights = new double[to][];
    double length = (double) from / to;
    for (int i = 0; i < to; i++) {
      double low = i * length;
      double high = Math.min(from, (i + 1) * length);
      int first = (int) Math.floor(low);
      int last = Math.min(from, (int) Math.ceil(high));
      double[] part = new double[last - first + 1];
      part[0] = first;
      for (int j = first; j < last; j++) {
        part[j - first + 1] = (Math.min(high, j + 1) - Math.max(low, j)) / (high - low);
      }
      weights[i] = part;
    }
    return weights;
  }

  private static RuntimeException unreadable(String name, @Nullable Exception cause) {
    return Failures.of(
        FailureType.DATA_UNREADABLE,
        cause,
        name + ": no picture that can be read (expected: png, jpeg, gif or bmp)");
  }
}
