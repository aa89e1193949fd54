package io.millrace.activities.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** One hyperparameter of a family: its default and what it accepts. */
public sealed interface Hyperparameter {
  /** As the spec writes it. */
  String name();

  /** Used when the spec leaves it out. */
  Object fallback();

  /** What is accepted, for a message. */
  String expected();

  /** Whether the spec must give it; {@link #fallback} is then never used. */
  default boolean required() {
    return false;
  }

  /** The value in its own type; empty when it is not accepted. */
  Optional<Object> read(Object value);

  /** A number in {@code [low, high]}, or {@code [low, high)} when {@code open}. */
  record Real(String name, double value, double low, double high, boolean open)
      implements Hyperparameter {
    @Override
    public Object fallback() {
      return value;
    }

    @Override
    public String expected() {
      return "a number from " + low + (open ? " to below " : " to ") + high;
    }

    @Override
    public Optional<Object> read(Object raw) {
      if (!(raw instanceof Number number)) {
        return Optional.empty();
      }
      double given = number.doubleValue();
      boolean fits = given >= low && (open ? given < high : given <= high);
      return fits ? Optional.of(given) : Optional.empty();
    }
  }

  /** A whole number in {@code [low, high]}. */
  record Whole(String name, int value, int low, int high) implements Hyperparameter {
    @Override
    public Object fallback() {
      return value;
    }

    @Override
    public String expected() {
      return "a whole number from " + low + " to " + high;
    }

    @Override
    public Optional<Object> read(Object raw) {
      return whole(raw, low, high).map(Object.class::cast);
    }
  }

  /** A list of whole numbers, each in {@code [low, high]}, at most {@code most} of them. */
  record Wholes(String name, List<Integer> value, int low, int high, int most)
      implements Hyperparameter {
    public Wholes {
      value = List.copyOf(value);
    }

    @Override
    public Object fallback() {
      return value;
    }

    @Override
    public String expected() {
      return "1 to " + most + " whole numbers from " + low + " to " + high;
    }

    @Override
    public Optional<Object> read(Object raw) {
      if (!(raw instanceof List<?> given) || given.isEmpty() || given.size() > most) {
        return Optional.empty();
      }
      List<Integer> read = new ArrayList<>();
      for (Object element : given) {
        Optional<Integer> one = whole(element, low, high);
        if (one.isEmpty()) {
          return Optional.empty();
        }
        read.add(one.get());
      }
      return Optional.of(List.copyOf(read));
    }
  }

  /** One of a few words. */
  record Choice(String name, String value, List<String> words) implements Hyperparameter {
    public Choice {
      words = List.copyOf(words);
    }

    @Override
    public Object fallback() {
      return value;
    }

    @Override
    public String expected() {
      return "one of " + words;
    }

    @Override
    public Optional<Object> read(Object raw) {
      return raw instanceof String word && words.contains(word)
          ? Optional.of(word)
          : Optional.empty();
    }
  }

  /**
   * A text.
   *
   * @param value used when the spec leaves it out; empty for none
   * @param required whether the spec must give it
   * @param form what a given text must match as a whole
   * @param expected the form in words: {@code "a size such as 2GB"}
   */
  record Text(String name, String value, boolean required, Pattern form, String expected)
      implements Hyperparameter {
    @Override
    public Object fallback() {
      return value;
    }

    @Override
    public Optional<Object> read(Object raw) {
      return raw instanceof String text && form.matcher(text).matches()
          ? Optional.of(text)
          : Optional.empty();
    }
  }

  /**
   * A list of texts, which may be empty; empty when the spec leaves it out.
   *
   * @param form what each must match as a whole
   * @param most texts at most
   * @param expected the form in words: {@code "texts KEY=value"}
   */
  record Texts(String name, Pattern form, int most, String expected) implements Hyperparameter {
    @Override
    public Object fallback() {
      return List.of();
    }

    @Override
    public String expected() {
      return "at most " + most + " " + expected;
    }

    @Override
    public Optional<Object> read(Object raw) {
      return raw instanceof List<?> given
              && given.size() <= most
              && given.stream().allMatch(e -> e instanceof String t && form.matcher(t).matches())
          ? Optional.of(List.copyOf(given))
          : Optional.empty();
    }
  }

  private static Optional<Integer> whole(Object raw, int low, int high) {
    if (!(raw instanceof Number number)) {
      return Optional.empty();
    }
    double given = number.doubleValue();
    return given == Math.rint(given) && given >= low && given <= high
        ? Optional.of((int) given)
        : Optional.empty();
  }
}
