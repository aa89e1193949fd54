package io.millrace.infra.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What can be wrong with a table or a spec, and what is to be said of it. */
final class BadInputs {
  static final TinyTable GOOD = TinyTable.good(1);
  private final Path folder;
  private final String host;

  /**
   * @param folder for the files
   * @param host answers {@code /403} and {@code /404} with these
   */
  BadInputs(Path folder, String host) {
    this.folder = folder;
    this.host = host;
  }

  /**
   * @param words all of them are in the message
   */
  record Bad(String name, String spec, List<String> words) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Data that ends a run. */
  List<Bad> data() throws IOException {
    List<Bad> all = new ArrayList<>();
    String good = source("good", GOOD);
    all.add(
        bad("missing target", spec("target: z", good), "data.target: z", "a column of the data"));
    all.add(
        bad(
            "text where numbers were declared",
            spec("columns: {amount: number}", source("text", GOOD.with(16, "amount", "forty"))),
            "amount: 'forty' in row 17",
            "expected: a number"));
    Path empty = Files.createFile(folder.resolve("empty.csv"));
    all.add(bad("empty file", spec("", csv(empty)), "empty.csv has 0 bytes", "expected: rows"));
    Path cut = GOOD.writeTruncated(folder.resolve("cut.csv.gz"));
    all.add(bad("truncated gzip", spec("", csv(cut)), "cut.csv.gz", "gzip that ends early"));
    Path fake = GOOD.write(folder.resolve("fake.parquet"));
    all.add(
        bad(
            "Parquet that is not",
            spec("", "{parquet: \"" + fake + "\"}"),
            "fake.parquet",
            "expected: Parquet"));
    Path ragged =
        GOOD.write(
            folder.resolve("ragged.csv"), text -> text.replaceFirst("\n([^,]*),[^\n]*", "\n$1,a"));
    all.add(bad("ragged CSV", spec("", csv(ragged)), "line 2", "has 2 fields (expected: 4"));
    all.add(
        bad(
            "all-null target",
            spec("", source("nulls", GOOD.with("y", i -> ""))),
            "y: no value in all 400 rows",
            "expected: a target in each row"));
    all.add(
        bad(
            "constant target",
            spec("", source("constant", GOOD.with("y", i -> "1.5")))
                .replace("binary", "regression")
                .replace("roc-auc, floor: 0.5", "r2, floor: 0"),
            "y: one value in all 400 rows",
            "expected: at least two"));
    all.add(
        bad(
            "one class only",
            spec("", source("one", GOOD.with("y", i -> "True"))),
            "y: one value in all 400 rows"));
    TinyTable dated = GOOD.with("day", i -> "2026-01-01T%02d:%02d:00Z".formatted(i / 60, i % 60));
    all.add(
        bad(
            "one class in a split",
            spec(
                "split: {kind: time, column: day}",
                source("late", dated.with("y", i -> i < 320 && i % 2 == 0 ? "True" : "False"))),
            "y: 1 of 2 classes in the test split",
            "expected: all"));
    all.add(
        bad(
            "10,000 categories",
            spec("", source("many", GOOD.repeated(10_000).with("plan", i -> "plan" + i))),
            "plan: 10000 distinct categories",
            "fewer than 10000"));
    all.add(
        bad(
            "leaked label",
            spec(
                "",
                source(
                    "leak", GOOD.with("paid", i -> GOOD.value(i, "y").equals("True") ? "9" : "4"))),
            "paid: correlation 1.000000 with the target y"));
    all.add(
        bad(
            "leaked label as a category",
            spec("", source("leak2", GOOD.with("paid", i -> "p" + GOOD.value(i, "y")))),
            "paid: its 2 values stand one to one for those of the target y"));
    all.add(
        bad(
            "the future of the split",
            spec(
                "split: {kind: time, column: day}\n  columns: {settled: category}",
                source("future", dated.with("settled", i -> "2026-02-0" + (i % 9 + 1)))),
            "settled: later than day in 400 rows",
            "expected: a feature known at the row's time"));
    for (int status : List.of(403, 404)) {
      String url = host + "/" + status;
      all.add(
          bad(
              "HTTP " + status,
              spec("", "{csv: \"" + url + "\"}"),
              url + " answered " + status,
              "expected: 200"));
    }
    all.add(
        bad(
            "no such file",
            spec("", csv(folder.resolve("nowhere.csv"))),
            "nowhere.csv",
            "expected: an existing file"));
    return all;
  }

  /** Specs that start no run. */
  List<Bad> specs() throws IOException {
    String good = source("good", GOOD);
    String fine = spec("", good);
    return List.of(
        bad("unknown key", fine + "trainig: {seed: 1}\n", "trainig", "training"),
        bad("unknown key inside", spec("taget: y", good), "data.taget", "target"),
        bad(
            "model ../",
            fine.replace("model: loan", "model: ../loan"),
            "model: \"../loan\"",
            "no '..'"),
        bad("10 MB", fine + "# x\n".repeat(2_600_000), "spec", "bytes (expected: at most 1048576"));
  }

  private static Bad bad(String name, String spec, String... words) {
    return new Bad(name, spec, List.of(words));
  }

  String source(String name, TinyTable table) throws IOException {
    return csv(table.write(folder.resolve(name + ".csv")));
  }

  private static String csv(Path file) {
    return "{csv: \"" + file + "\"}";
  }

  /**
   * A spec of the model {@code loan}.
   *
   * @param line one line of {@code data} more, or another target
   */
  static String spec(String line, String source) {
    String target = line.startsWith("target:") ? line : "target: y\n  " + line;
    return """
    model: loan
    task: binary
    data:
      source: %s
      %s
    training:
      seed: 7
      candidates:
        - {family: linear}
      max-epochs: 3
    gates:
      - {metric: roc-auc, floor: 0.5, severity: warn}
    deployment:
      target: {local: {port: 0}}
      rollout: {steps: [100%%], bake: 1s, min-requests: 0}
    """
        .formatted(source, target);
  }
}
