package io.millrace.inference.model;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that was read, checked and hashed when an image was made, in the form that a start
 * reads fastest; a start then hashes nothing and parses no JSON. It lies beside the package and not
 * in it, and only where somebody else watches over the bytes: in an image, whose layers the
 * registry and the platform address by their digests.
 *
 * <p>Big-endian: magic, the package's digest, then the manifest's fields in the order of its
 * records; texts are a length in bytes and UTF-8, lists a length and their items, and what may be
 * null has a byte before it, 1 where there is a value.
 *
 * @param digest hex sha256 as {@link PackageFiles#digest} gives it
 */
public record SealedManifest(String digest, ModelManifest manifest) {
  /** Also says which form it is; another one has another. */
  private static final int MAGIC = 0x4d535031; // MSP1

  private static final byte STANDARD = 1;
  private static final byte PIECEWISE_LINEAR = 2;
  private static final byte ONE_HOT = 3;
  private static final byte RAW = 4;
  private static final byte INDEX = 5;

  /**
   * Reads, checks and hashes a package.
   *
   * @throws PackageInvalid when its manifest breaks a rule or its graph is not the manifest's
   */
  public static SealedManifest of(PackageContents contents) {
    ModelManifest manifest = ManifestJson.read(contents.bytes(PackageFiles.MANIFEST));
    contents.verify(manifest.graph());
    return new SealedManifest(contents.digest(), manifest);
  }

  /** Equal packages give equal bytes. */
  public byte[] write() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      Writing writing = new Writing(out);
      writing.text(digest);
      writing.manifest(manifest);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    return bytes.toByteArray();
  }

  /**
   * @throws PackageInvalid when the bytes are of another form or cut short
   */
  public static SealedManifest read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.getInt() == MAGIC) {
        SealedManifest sealed = new Reading(in).sealed();
        if (!in.hasRemaining()) {
          return sealed;
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new PackageInvalid("sealed manifest: " + bytes.length + " bytes, cut short", e);
    }
    throw new PackageInvalid(
        "sealed manifest: " + bytes.length + " bytes (expected: one that this build wrote)");
  }

  private record Writing(DataOutputStream out) {
    void manifest(ModelManifest manifest) throws IOException {
      out.writeInt(manifest.format());
      text(manifest.model());
      text(manifest.task());
      text(manifest.family());
      out.writeInt(manifest.features().size());
      for (Feature feature : manifest.features()) {
        text(feature.name());
        out.writeBoolean(feature.kind() == Feature.Kind.NUMBER);
        out.writeBoolean(feature.nullable());
        numberOrNull(feature.min());
        numberOrNull(feature.max());
        numberOrNull(feature.allowedMin());
        numberOrNull(feature.allowedMax());
      }
      out.writeInt(manifest.encodings().size());
      for (Encoding encoding : manifest.encodings()) {
        encoding(encoding);
      }
      out.writeInt(manifest.width());
      text(manifest.graph().file());
      text(manifest.graph().sha256());
      text(manifest.graph().input());
      text(manifest.graph().output());
      text(manifest.output().target());
      texts(manifest.output().classes());
      out.writeDouble(manifest.output().threshold());
    }

    private void encoding(Encoding encoding) throws IOException {
      switch (encoding) {
        case Encoding.Standard standard -> {
          out.writeByte(STANDARD);
          out.writeDouble(standard.mean());
          out.writeDouble(standard.scale());
          out.writeDouble(standard.impute());
          out.writeBoolean(standard.indicator());
        }
        case Encoding.PiecewiseLinear linear -> {
          out.writeByte(PIECEWISE_LINEAR);
          out.writeInt(linear.edges().size());
          for (double edge : linear.edges()) {
            out.writeDouble(edge);
          }
          out.writeDouble(linear.impute());
          out.writeBoolean(linear.indicator());
        }
        case Encoding.OneHot oneHot -> {
          out.writeByte(ONE_HOT);
          texts(oneHot.levels());
        }
        case Encoding.Raw raw -> out.writeByte(RAW);
        case Encoding.Index index -> {
          out.writeByte(INDEX);
          texts(index.levels());
        }
      }
    }

    void text(String text) throws IOException {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(utf8.length);
      out.write(utf8);
    }

    private void texts(List<String> texts) throws IOException {
      out.writeInt(texts.size());
      for (String text : texts) {
        text(text);
      }
    }

    private void numberOrNull(@Nullable Double number) throws IOException {
      out.writeBoolean(number != null);
      if (number != null) {
        out.writeDouble(number);
      }
    }
  }

  private record Reading(ByteBuffer in) {
    SealedManifest sealed() {
      return new SealedManifest(text(), manifest());
    }

    private ModelManifest manifest() {
      return new ModelManifest(
          in.getInt(),
          text(),
          text(),
          text(),
          features(),
          encodings(),
          in.getInt(),
          new ModelManifest.Graph(text(), text(), text(), text()),
          new ModelManifest.Output(text(), texts(), in.getDouble()));
    }

    private List<Feature> features() {
      int size = size();
      List<Feature> features = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        features.add(
            new Feature(
                text(),
                flag() ? Feature.Kind.NUMBER : Feature.Kind.CATEGORY,
                flag(),
                numberOrNull(),
                numberOrNull(),
                numberOrNull(),
                numberOrNull()));
      }
      return features;
    }

    private List<Encoding> encodings() {
      int size = size();
      List<Encoding> encodings = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        encodings.add(encoding());
      }
      return encodings;
    }

    private Encoding encoding() {
      byte kind = in.get();
      return switch (kind) {
        case STANDARD ->
            new Encoding.Standard(in.getDouble(), in.getDouble(), in.getDouble(), flag());
        case PIECEWISE_LINEAR -> new Encoding.PiecewiseLinear(numbers(), in.getDouble(), flag());
        case ONE_HOT -> new Encoding.OneHot(texts());
        case RAW -> new Encoding.Raw();
        case INDEX -> new Encoding.Index(texts());
        default -> throw new IllegalArgumentException("encoding: " + kind);
      };
    }

    /** At least a byte an item: a length beyond what is left is none. */
    private int size() {
      int size = in.getInt();
      if (size < 0 || size > in.remaining()) {
        throw new IllegalArgumentException("length: " + size);
      }
      return size;
    }

    private String text() {
      int length = size();
      String text = new String(in.array(), in.position(), length, StandardCharsets.UTF_8);
      in.position(in.position() + length);
      return text;
    }

    private List<String> texts() {
      int size = size();
      List<String> texts = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        texts.add(text());
      }
      return texts;
    }

    private List<Double> numbers() {
      int size = size();
      List<Double> numbers = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        numbers.add(in.getDouble());
      }
      return numbers;
    }

    private boolean flag() {
      return in.get() != 0;
    }

    private @Nullable Double numberOrNull() {
      return flag() ? (Double) in.getDouble() : null;
    }
  }
}
