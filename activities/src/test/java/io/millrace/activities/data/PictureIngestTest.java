package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.DatasetManifest;
import io.millrace.activities.dataset.DatasetManifest.ColumnInfo;
import io.millrace.activities.dataset.Datasets;
import io.millrace.activities.dataset.Table;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.ImageSpec;
import io.millrace.workflows.spec.ImageSpec.Fit;
import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.spec.SplitSpec;
import io.millrace.workflows.spec.Task;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PictureIngestTest {
  @TempDir Path root;
  private Ingests ingests;

  @BeforeEach
  void open() {
    ingests = new Ingests(root);
    ingests.task = Task.IMAGE;
    ingests.target = "kind";
    ingests.split = new SplitSpec(SplitSpec.Kind.STRATIFIED, null, 0.25, 0.25, 7);
    ingests.image = size(2, 3, 1, Fit.REFUSE, null, null);
  }

  private static ImageSpec size(
      int height,
      int width,
      int channels,
      Fit fit,
      @Nullable String paths,
      @Nullable String pixels) {
    return new ImageSpec(height, width, channels, fit, paths, pixels);
  }

  private static BufferedImage grey(int height, int width, int... samples) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSamples(0, 0, width, height, 0, samples);
    return image;
  }

  private static BufferedImage colours(int height, int width, int... rgb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, width, height, rgb, 0, width);
    return image;
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  private void put(String path, byte[] content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private void folders() throws IOException {
    for (int i = 0; i < 8; i++) {
      put("pictures/up/" + i + ".png", png(grey(2, 3, i, 0, 64, 128, 200, 255)));
      put("pictures/down/" + i + ".png", png(grey(2, 3, 255, 200, 128, 64, 0, i)));
    }
    put("pictures/down/Thumbs.db", new byte[] {1});
    ingests.source = new SourceSpec(null, null, null, root.resolve("pictures") + "/", null);
  }

  private List<Double> first(IngestResult result, String kind, int pixels) {
    Datasets datasets = new Datasets(ingests.store, root.resolve("read"));
    Table table = datasets.read(result.dataset(), DatasetManifest.TRAIN);
    for (int row = 0; row < table.rows(); row++) {
      if (kind.equals(table.categories("kind")[row])) {
        int at = row;
        return java.util.stream.IntStream.range(0, pixels)
            .mapToObj(i -> table.numbers(name(i, pixels))[at])
            .toList();
      }
    }
    throw new AssertionError(kind);
  }

  private static String name(int pixel, int pixels) {
    return ("pixel_%0" + String.valueOf(pixels - 1).length() + "d").formatted(pixel);
  }

  @Test
  void ingest_ofFolders_makesAColumnAPixelAndAClassAFolder() throws Exception {
    folders();
    IngestResult result = ingests.run();

    DatasetManifest manifest =
        new Datasets(ingests.store, root.resolve("read")).manifest(result.dataset());
    assertThat(result.rowsRead()).isEqualTo(16);
    assertThat(manifest.classes()).containsExactly("down", "up");
    assertThat(manifest.features().stream().map(ColumnInfo::name))
        .containsExactly("pixel_0", "pixel_1", "pixel_2", "pixel_3", "pixel_4", "pixel_5");
    assertThat(first(result, "up", 6).subList(1, 6))
        .containsExactly(0.0, 64.0, 128.0, 200.0, 255.0);
    assertThat(first(result, "down", 6).subList(0, 5))
        .containsExactly(255.0, 200.0, 128.0, 64.0, 0.0);
  }

  @Test
  void ingest_ofFolders_keepsThePathAsTheId() throws Exception {
    folders();
    ingests.id = "path";
    Datasets datasets = new Datasets(ingests.store, root.resolve("read"));
    Table train = datasets.read(ingests.run().dataset(), "train", List.of("path", "kind"));

    assertThat(train.categories("path")[0]).matches("(up|down)/\\d\\.png");
    assertThat(train.categories("path")[0]).startsWith(train.categories("kind")[0]);
  }

  @Test
  void ingest_ofPathsInATable_readsThemFromItsFolder_andOfPixelsInATable_theSame()
      throws Exception {
    folders();
    StringBuilder paths = new StringBuilder("file,kind,weight\n");
    StringBuilder pixels = new StringBuilder("dots,kind,weight\n");
    for (int i = 0; i < 8; i++) {
      paths.append("pictures/up/%d.png,up,%d%n".formatted(i, i));
      paths.append("pictures/down/%d.png,down,%d%n".formatted(i, i));
      pixels.append("%d 0 64 128 200 255,up,%d%n".formatted(i, i));
      pixels.append("255 200 128 64 0 %d,down,%d%n".formatted(i, i));
    }
    ingests.image = size(2, 3, 1, Fit.REFUSE, "file", null);
    IngestResult named = ingests.csv(paths.toString()).run();
    ingests.image = size(2, 3, 1, Fit.REFUSE, null, "dots");
    IngestResult written = ingests.csv(pixels.toString()).run();

    assertThat(first(named, "up", 6).subList(1, 6)).containsExactly(0.0, 64.0, 128.0, 200.0, 255.0);
    assertThat(first(written, "down", 6).subList(0, 5))
        .containsExactly(255.0, 200.0, 128.0, 64.0, 0.0);
    DatasetManifest manifest =
        new Datasets(ingests.store, root.resolve("read")).manifest(written.dataset());
    assertThat(manifest.features()).as("pixels only").hasSize(6);
  }

  @Test
  void decode_ofGreyColourAndTransparent_givesTheSamplesThere() throws Exception {
    Pictures grey = new Pictures(size(1, 2, 1, Fit.REFUSE, null, null));
    Pictures colour = new Pictures(size(1, 2, 3, Fit.REFUSE, null, null));
    byte[] plain = png(grey(1, 2, 7, 130));
    byte[] mixed = png(colours(1, 2, 0xffff8000, 0x00123456));

    assertThat(grey.decode("a", plain)).containsExactly(7, 130);
    assertThat(colour.decode("a", plain)).containsExactly(7, 7, 7, 130, 130, 130);
    assertThat(colour.decode("b", mixed)).containsExactly(255, 128, 0, 255, 255, 255);
    assertThat(grey.decode("b", mixed))
        .containsExactly((short) Math.round(0.299 * 255 + 0.587 * 128), (short) 255);
  }

  @Test
  void decode_ofAnotherSize_refusesOrTakesTheMeanOfTheArea() throws Exception {
    byte[] file = png(grey(2, 3, 0, 60, 120, 30, 90, 150));

    assertThatThrownBy(
            () -> new Pictures(size(3, 2, 1, Fit.REFUSE, null, null)).decode("p.png", file))
        .hasMessageContaining("p.png: 2 x 3 pixels (expected: 3 x 2, or data.image.fit: resize)");
    assertThat(new Pictures(size(1, 1, 1, Fit.RESIZE, null, null)).decode("p", file))
        .containsExactly(75);
    // each of two pixels takes one and a half: (0 + 60/2) / 1.5 and so on
    assertThat(new Pictures(size(2, 2, 1, Fit.RESIZE, null, null)).decode("p", file))
        .containsExactly(20, 100, 50, 130);
    assertThat(new Pictures(size(4, 3, 1, Fit.RESIZE, null, null)).decode("p", file))
        .containsExactly(0, 60, 120, 0, 60, 120, 30, 90, 150, 30, 90, 150);
  }

  @Test
  void decode_ofABombOrNoPicture_refusesItByTheHeader() throws Exception {
    Pictures pictures = new Pictures(size(2, 2, 1, Fit.RESIZE, null, null));
    byte[] file = png(grey(2, 2, 1, 2, 3, 4));

    assertThatThrownBy(() -> pictures.decode("b.png", withSize(file, 60_000, 60_000)))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_UNREADABLE))
        .hasMessageContaining("b.png: 60000 x 60000 pixels (expected: at most 50000000 together)");
    for (byte[] broken :
        List.of(
            "no picture".getBytes(StandardCharsets.UTF_8),
            java.util.Arrays.copyOf(file, file.length / 2),
            new byte[0])) {
      assertThatThrownBy(() -> pictures.decode("c.png", broken))
          .hasMessageContaining(
              "c.png: no picture that can be read (expected: png, jpeg, gif or bmp)");
    }
  }

  /** The same file whose header says another size. */
  private static byte[] withSize(byte[] png, int width, int height) {
    byte[] changed = png.clone();
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(changed);
    bytes.putInt(16, width).putInt(20, height);
    CRC32 crc = new CRC32();
    crc.update(changed, 12, 17);
    bytes.putInt(29, (int) crc.getValue());
    return changed;
  }

  @Test
  void ingest_ofAPathThatLeavesTheFolder_isRefused() throws Exception {
    ingests.image = size(2, 3, 1, Fit.REFUSE, "file", null);
    for (String path : List.of("../x.png", "/etc/passwd", "file:/etc/passwd", "a/../../x.png")) {
      ingests.csv("file,kind\n" + path + ",up\n");
      assertThatThrownBy(ingests::run)
          .hasMessageContaining(
              "path: " + path + " (expected: one that stays below the table's folder)");
    }
    ingests.csv("file,kind\nnone.png,up\n");
    assertThatThrownBy(ingests::run)
        .hasMessageContaining("path: none.png (expected: an existing file)");
  }

  @Test
  void ingest_ofPixelColumnsAsTheyAre_countsThem() throws Exception {
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      csv.append("%d,0,64,128,200,%d,%s%n".formatted(i, 255 - i, i % 2 == 0 ? "up" : "down"));
    }
    Path file = Files.writeString(root.resolve("headless.csv"), csv);
    ingests.source = new SourceSpec(file.toString(), null, null, null, false);
    ingests.target = "column7";

    IngestResult result = ingests.run();
    assertThat(result.rowsRead()).as("the first line is a row").isEqualTo(20);

    ingests.image = size(7, 1, 1, Fit.REFUSE, null, null);
    assertThatThrownBy(ingests::run)
        .hasMessageContaining(
            "features: 6, of which none hold no numbers (expected: 7 x 1 x 1 = 7");
  }
}
