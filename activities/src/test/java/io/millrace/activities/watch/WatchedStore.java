package io.millrace.activities.watch;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.Sequences;
import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ManifestJson;
import io.millrace.inference.model.ModelManifest;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.registry.RegistryActivities.AliasEntry;
import io.millrace.workflows.ref.ModelRef;
import io.millrace.workflows.wire.PayloadJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A store as the registry and the servers leave it, with car-loan's traffic. */
final class WatchedStore {
  static final String MODEL = "car-loan";
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final ModelManifest.Output OUTPUT =
      new ModelManifest.Output("repaid", List.of("0", "1"), 0.5);
  private final ObjectStore store;
  private final CarLoan traffic;
  private final Map<String, Integer> parts = new HashMap<>();

  WatchedStore(ObjectStore store, CarLoan traffic) {
    this.store = store;
    this.traffic = traffic;
  }

  /** A version made by a run with the example's spec, its {@code watch} replaced. */
  void version(int version, String watch, Profile reference) throws IOException {
    version(version, watch, reference, null);
  }

  /** The same, its {@code retraining} replaced as well when it is not null. */
  void version(int version, String watch, Profile reference, @Nullable String retraining)
      throws IOException {
    String run = MODEL + "-" + version;
    ModelRef ref = new ModelRef(MODEL, version, "%064x".formatted(version));
    Path example = Path.of(System.getenv("MILLRACE_ROOT"), "infra/examples/car-loan/pipeline.yaml");
    String text = Files.readString(example).replace("max-dropped: 1%", "max-dropped: 0.01");
    String before = text.substring(0, text.indexOf("\nwatch:\n") + 1);
    String after =
        retraining == null
            ? text.substring(text.indexOf("\nretraining:\n") + 1)
            : "retraining: " + retraining + "\n";
    byte[] spec =
        SpecParser.yaml(
            SpecParser.parse((before + watch + "\n" + after).getBytes(StandardCharsets.UTF_8)));
    store.put("runs/" + run + "/spec.yaml", spec);
    List<Feature> features = new ArrayList<>();
    List<Encoding> encodings = new ArrayList<>();
    CarLoan.NUMBERS.forEach(n -> encodings.add(new Encoding.Standard(0, 1, 0, false)));
    CarLoan.CATEGORIES.forEach(n -> encodings.add(new Encoding.OneHot(List.of("0"))));
    CarLoan.NUMBERS.forEach(
        n -> features.add(new Feature(n, Feature.Kind.NUMBER, false, 0.0, 1e6, null, null)));
    CarLoan.CATEGORIES.forEach(
        n -> features.add(new Feature(n, Feature.Kind.CATEGORY, false, null, null, null, null)));
    ModelManifest manifest =
        new ModelManifest(
            1,
            MODEL,
            "binary",
            "linear",
            features,
            encodings,
            encodings.stream().mapToInt(Encoding::width).sum(),
            new ModelManifest.Graph("model.onnx", "0".repeat(64), "x", "y"),
            OUTPUT);
    store.put(ref.prefix() + "model.json", ManifestJson.write(manifest));
    store.put(ref.prefix() + "reference.json", reference.toJson());
    store.put(
        ref.prefix() + "version.json",
        json(Map.of("name", MODEL, "version", version, "digest", ref.digest(), "run", run)));
    new Sequences(store)
        .append(
            "models/" + MODEL + "/aliases/champion/",
            (seq, head) ->
                json(new AliasEntry(seq, "champion", ref, START, "key-" + seq, "a test")));
  }

  /**
   * Logs traffic rows as one part of a server, one row a second from row 0.
   *
   * @return the part's key, without the ending
   */
  String log(int version, String server, int from, int to) {
    return log(version, server, from, to, 0);
  }

  /** The same, so many seconds later. */
  String log(int version, String server, int from, int to, long later) {
    int number = parts.merge(version + server, 1, Integer::sum);
    Instant first = START.plusSeconds(from + later);
    Instant last = START.plusSeconds(to - 1 + later);
    String key =
        "predictions/%s/%d/dt=%s/hr=%s/%s-%08d"
            .formatted(
                MODEL,
                version,
                first.toString().substring(0, 10),
                first.toString().substring(11, 13),
                server,
                number);
    store.put(key + ".jsonl.gz", rows(version, from, to, later));
    JsonNode profile;
    try {
      profile = PayloadJson.mapper().readTree(Profiles.of(traffic, from, to).toJson());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store.put(
        key + ".profile.json",
        json(
            Map.of(
                "from",
                first.toString(),
                "to",
                last.toString(),
                "rows",
                to - from,
                "profile",
                profile)));
    return key;
  }

  private byte[] rows(int version, int from, int to, long later) {
    List<String> ids = traffic.texts("id", from, to);
    List<String> answers = traffic.texts("y_pred", from, to);
    double[] scores = traffic.numbers("y_pred_proba", from, to);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      for (int i = 0; i < to - from; i++) {
        Map<String, Object> data =
            Map.of(
                "model",
                MODEL,
                "version",
                version,
                "entity",
                ids.get(i),
                "score",
                scores[i],
                "prediction",
                answers.get(i),
                "features",
                features(from + i));
        String time = START.plusSeconds(from + i + later).toString();
        out.write(json(Map.of("specversion", "1.0", "id", "r#" + i, "time", time, "data", data)));
        out.write('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private Map<String, Object> features(int row) {
    Map<String, Object> features = new LinkedHashMap<>();
    CarLoan.NUMBERS.forEach(n -> features.put(n, traffic.numbers(n, row, row + 1)[0]));
    CarLoan.CATEGORIES.forEach(n -> features.put(n, traffic.texts(n, row, row + 1).getFirst()));
    return features;
  }

  static byte[] json(Object value) {
    try {
      return PayloadJson.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
