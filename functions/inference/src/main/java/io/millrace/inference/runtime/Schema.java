package io.millrace.inference.runtime;

import io.millrace.inference.model.Encoding;
import io.millrace.inference.model.Feature;
import io.millrace.inference.model.ModelManifest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The features of a model, ready for looking up and checking. Immutable. */
public final class Schema {
  private final List<Feature> features;
  private final Map<String, Integer> index = new HashMap<>();
  private final boolean[] numbers;
  private final double[] least;
  private final double[] greatest;
  private final String[] yes;
  private final String[] no;

  public Schema(ModelManifest manifest) {
    features = manifest.features();
    int size = features.size();
    numbers = new boolean[size];
    least = new double[size];
    greatest = new double[size];
    yes = new String[size];
    no = new String[size];
    for (int i = 0; i < size; i++) {
      Feature feature = features.get(i);
      index.put(feature.name(), i);
      numbers[i] = feature.kind() == Feature.Kind.NUMBER;
      least[i] = orElse(feature.allowedMin(), Double.NEGATIVE_INFINITY);
      greatest[i] = orElse(feature.allowedMax(), Double.POSITIVE_INFINITY);
      yes[i] = level(manifest.encodings().get(i), "true");
      no[i] = level(manifest.encodings().get(i), "false");
    }
  }

  /** The level that is this text but for upper and lower case, when only one is; else the text. */
  private static String level(Encoding encoding, String text) {
    if (encoding instanceof Encoding.Categorical category && !category.levels().contains(text)) {
      List<String> same = category.levels().stream().filter(text::equalsIgnoreCase).toList();
      return same.size() == 1 ? same.getFirst() : text;
    }
    return text;
  }

  private static double orElse(@Nullable Double value, double otherwise) {
    return value == null ? otherwise : value;
  }

  public int size() {
    return features.size();
  }

  public String name(int feature) {
    return features.get(feature).name();
  }

  /** True for numbers, false for texts. */
  public boolean isNumber(int feature) {
    return numbers[feature];
  }

  public boolean nullable(int feature) {
    return features.get(feature).nullable();
  }

  /** Index of a feature; -1 when there is none of that name. */
  public int find(String name) {
    Integer found = index.get(name);
    return found == null ? -1 : found;
  }

  /**
   * The same, looking at one place first: requests mostly send fields in the manifest's order.
   *
   * @param guess where the field is expected
   */
  public int find(String name, int guess) {
    return guess < features.size() && features.get(guess).name().equals(name) ? guess : find(name);
  }

  /**
   * A boolean as the text that a category had in training: files also write True and TRUE, which
   * JSON has no word for.
   */
  String text(int feature, boolean value) {
    return value ? yes[feature] : no[feature];
  }

  boolean allows(int feature, double value) {
    return value >= least[feature] && value <= greatest[feature];
  }

  /** What a request must send, in words. */
  public String expected(int feature) {
    if (!numbers[feature]) {
      return "text";
    }
    double min = least[feature];
    double max = greatest[feature];
    if (Double.isInfinite(min) && Double.isInfinite(max)) {
      return "a finite number";
    }
    if (Double.isInfinite(max)) {
      return "a number >= " + plain(min);
    }
    return Double.isInfinite(min)
        ? "a number <= " + plain(max)
        : "a number in " + plain(min) + ".." + plain(max);
  }

  /** The names, the first ten of them. */
  String names() {
    List<String> names = features.stream().limit(10).map(Feature::name).toList();
    String more = features.size() > 10 ? " and " + (features.size() - 10) + " more" : "";
    return String.join(", ", names) + more;
  }

  /** A number as a person writes it: 3 rather than 3.0. */
  static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
