package io.millrace.inference.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes {@code model.json}. Equal manifests give equal bytes. Reading is closed: no
 * class names, no unknown fields, no loose types; what was read is checked.
 */
public final class ManifestJson {
  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private ManifestJson() {}

  /** UTF-8 JSON, two spaces deep. @throws PackageInvalid when the manifest breaks a rule */
  public static byte[] write(ModelManifest manifest) {
    check(manifest);
    try {
      return Writer.WRITER.writeValueAsBytes(manifest);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // records of plain values
    }
  }

  /**
   * @throws PackageInvalid when the bytes are not a manifest; the message lists every problem
   */
  public static ModelManifest read(byte[] json) {
    ModelManifest manifest;
    try (JsonParser in = STRICT.createParser(json)) {
      ManifestFields fields = ManifestFields.read(in);
      manifest = manifest(fields);
      fields.end();
    } catch (IOException e) {
      throw new PackageInvalid(PackageFiles.MANIFEST + ": not JSON: " + e.getMessage(), e);
    }
    check(manifest);
    return manifest;
  }

  private static void check(ModelManifest manifest) {
    List<String> problems = ManifestRules.problems(manifest);
    if (!problems.isEmpty()) {
      throw new PackageInvalid(PackageFiles.MANIFEST + ": " + String.join("; ", problems));
    }
  }

  private static ModelManifest manifest(ManifestFields fields) {
    List<Feature> features = new ArrayList<>();
    for (ManifestFields feature : fields.objects("features")) {
      features.add(feature(feature));
    }
    List<Encoding> encodings = new ArrayList<>();
    for (ManifestFields encoding : fields.objects("encodings")) {
      encodings.add(encoding(encoding));
    }
    return new ModelManifest(
        fields.whole("format"),
        fields.text("model"),
        fields.text("task"),
        fields.text("family"),
        features,
        encodings,
        fields.whole("width"),
        graph(fields.object("graph")),
        output(fields.object("output")));
  }

  private static Feature feature(ManifestFields fields) {
    String kind = fields.text("kind");
    if (!kind.equals("NUMBER") && !kind.equals("CATEGORY")) {
      throw fields.problem("kind", "NUMBER or CATEGORY");
    }
    Feature feature =
        new Feature(
            fields.text("name"),
            Feature.Kind.valueOf(kind),
            fields.flag("nullable"),
            fields.numberOrNull("min"),
            fields.numberOrNull("max"),
            fields.numberOrNull("allowedMin"),
            fields.numberOrNull("allowedMax"));
    fields.end();
    return feature;
  }

  private static Encoding encoding(ManifestFields fields) {
    Encoding encoding;
    try {
      encoding =
          switch (fields.text("kind")) {
            case "standard" ->
                new Encoding.Standard(
                    fields.number("mean"),
                    fields.number("scale"),
                    fields.number("impute"),
                    fields.flag("indicator"));
            case "piecewise-linear" ->
                new Encoding.PiecewiseLinear(
                    fields.numbers("edges"), fields.number("impute"), fields.flag("indicator"));
            case "one-hot" -> new Encoding.OneHot(fields.texts("levels"));
            case "raw" -> new Encoding.Raw();
            case "index" -> new Encoding.Index(fields.texts("levels"));
            default ->
                throw fields.problem("kind", "standard, piecewise-linear, one-hot, raw or index");
          };
    } catch (IllegalArgumentException e) {
      throw new PackageInvalid(
          PackageFiles.MANIFEST + ": " + fields.path() + "." + e.getMessage(), e);
    }
    fields.end();
    return encoding;
  }

  private static ModelManifest.Graph graph(ManifestFields fields) {
    ModelManifest.Graph graph =
        new ModelManifest.Graph(
            fields.text("file"),
            fields.text("sha256"),
            fields.text("input"),
            fields.text("output"));
    fields.end();
    return graph;
  }

  private static ModelManifest.Output output(ManifestFields fields) {
    ModelManifest.Output output =
        new ModelManifest.Output(
            fields.text("target"), fields.texts("classes"), fields.number("threshold"));
    fields.end();
    return output;
  }

  /** Made on the first write: who serves only reads. */
  private static final class Writer {
    private static final ObjectWriter WRITER = new JsonMapper().writer(printer());

    private static DefaultPrettyPrinter printer() {
      DefaultIndenter lines = new DefaultIndenter("  ", "\n"); // not the platform's line end
      DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
      printer.indentObjectsWith(lines);
      printer.indentArraysWith(lines);
      return printer;
    }
  }
}
