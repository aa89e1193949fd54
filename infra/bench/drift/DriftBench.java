import io.millrace.activities.dataset.DuckDb;
import io.millrace.activities.dataset.ParquetProfile;
import io.millrace.activities.watch.ColumnDrift;
import io.millrace.inference.model.Feature;
import io.millrace.inference.profile.Profile;
import io.millrace.workflows.port.watch.WatchActivities.ColumnVerdict;
import io.millrace.workflows.spec.WatchSpec.DriftSpec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Our side of the drift bench. {@code make DIR ROWS} writes both tables; {@code serve DIR} answers
 * each line of stdin with the seconds of one whole check (Parquet to verdicts); {@code memory} and
 * {@code live} are benches of their own.
 */
class DriftBench {
  private static final DriftSpec SETTINGS = new DriftSpec("evidently", "all", 0.3, 0.1, 0.05);

  public static void main(String[] args) throws Exception {
    Path dir = Path.of(args[1]);
    switch (args[0]) {
      case "make" -> make(dir, Long.parseLong(args[2]), 24, 6);
      case "serve" -> serve(dir);
      case "memory" -> memory(dir, Long.parseLong(args[2]));
      case "live" -> live(dir);
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.exit(0);
  }

  /** Normal, skewed and whole numbers, some missing; a quarter of the columns drifts. */
  private static void make(Path dir, long rows, int numbers, int categories) throws Exception {
    try (DuckDb db = DuckDb.open(2, dir)) {
      for (String table : List.of("reference", "current")) {
        boolean now = table.equals("current");
        List<String> columns = new ArrayList<>();
        for (int c = 0; c < numbers; c++) {
          String u =
              "greatest((hash(i * %d + %d) %% 1000003) / 1000003.0, 1e-9)"
                  .formatted(2 * c + 3, now ? 7 : 1);
          String v =
              "((hash(i * %d + %d) %% 1000003) / 1000003.0)".formatted(2 * c + 5, now ? 11 : 5);
          String normal = "sqrt(-2 * ln(%s)) * cos(6.283185307 * %s)".formatted(u, v);
          String shift = now && c % 4 == 0 ? " + 0.3" : "";
          columns.add(
              switch (c % 3) {
                    case 0 -> normal + shift;
                    case 1 -> "exp(" + normal + ")" + shift;
                    default ->
                        "CASE WHEN i % 50 = 0 THEN NULL ELSE floor(20 * "
                            + v
                            + ")"
                            + shift
                            + " END";
                  }
                  + " AS n"
                  + c);
        }
        for (int c = 0; c < categories; c++) {
          int levels = 3 + 5 * c;
          columns.add(
              "'level ' || CAST((hash(i * %d + %d) %% %d) %% %d AS VARCHAR) AS c%d"
                  .formatted(2 * c + 7, now ? 13 : 3, levels + (now && c == 0 ? 1 : 0), levels, c));
        }
        db.run(
            "COPY (SELECT %s FROM range(%d) t(i)) TO %s (FORMAT parquet)"
                .formatted(
                    String.join(", ", columns),
                    rows,
                    DuckDb.text(dir.resolve(table + ".parquet").toString())));
      }
    }
  }

  private static List<Profile.Column> columns(int numbers, int categories) {
    List<Profile.Column> columns = new ArrayList<>();
    for (int c = 0; c < numbers; c++) {
      columns.add(new Profile.Column("n" + c, Feature.Kind.NUMBER));
    }
    for (int c = 0; c < categories; c++) {
      columns.add(new Profile.Column("c" + c, Feature.Kind.CATEGORY));
    }
    return columns;
  }

  private static void serve(Path dir) throws Exception {
    List<Profile.Column> columns = columns(24, 6);
    try (ParquetProfile profiles = new ParquetProfile(2, dir)) {
      Path stored = dir.resolve("reference.profile.json");
      Files.write(stored, profiles.of(List.of(dir.resolve("reference.parquet")), columns).toJson());
      BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
      while (in.readLine() != null) {
        long start = System.nanoTime();
        Profile reference = Profile.fromJson(Files.readAllBytes(stored));
        Profile current = profiles.of(List.of(dir.resolve("current.parquet")), columns);
        List<ColumnVerdict> verdicts = ColumnDrift.verdicts(reference, current, SETTINGS);
        double seconds = (System.nanoTime() - start) / 1e9;
        long drifted = verdicts.stream().filter(ColumnVerdict::drifted).count();
        System.out.printf(Locale.ROOT, "%.4f %d%n", seconds, drifted);
        System.out.flush();
      }
    }
  }

  private static void memory(Path dir, long rows) throws Exception {
    System.err.println("writing 2 x " + rows + " x 50");
    make(dir, rows, 40, 10);
    List<Profile.Column> columns = columns(40, 10);
    try (ParquetProfile profiles = new ParquetProfile(2, dir)) {
      long start = System.nanoTime();
      Profile reference = profiles.of(List.of(dir.resolve("reference.parquet")), columns);
      Profile current = profiles.of(List.of(dir.resolve("current.parquet")), columns);
      List<ColumnVerdict> verdicts = ColumnDrift.verdicts(reference, current, SETTINGS);
      double seconds = (System.nanoTime() - start) / 1e9;
      long resident =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(line -> line.startsWith("VmHWM"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
              .findFirst()
              .orElse(-1);
      System.out.printf(
          Locale.ROOT,
          "{\"bench\": \"drift-memory\", \"unit\": \"rows/s\", \"ours\": %.0f, \"rows\": %d,"
              + " \"columns\": 50, \"heapMb\": %d, \"residentMb\": %d, \"drifted\": %d, \"runs\":"
              + " 1}%n",
          2 * rows / seconds,
          rows,
          Runtime.getRuntime().maxMemory() >> 20,
          resident,
          verdicts.stream().filter(ColumnVerdict::drifted).count());
    }
  }

  /** 24 hourly profiles of 1,000,000 and of 100,000 rows: what the check costs does not grow. */
  private static void live(Path dir) throws Exception {
    List<Profile.Column> columns = columns(24, 6);
    double[] medians = new double[2];
    long[] sizes = {100_000, 1_000_000};
    long drifted = 0;
    for (int size = 0; size < 2; size++) {
      make(dir, sizes[size], 24, 6);
      try (ParquetProfile profiles = new ParquetProfile(2, dir)) {
        byte[] reference = profiles.of(List.of(dir.resolve("reference.parquet")), columns).toJson();
        byte[] hour = profiles.of(List.of(dir.resolve("current.parquet")), columns).toJson();
        double[] times = new double[15];
        for (int run = -10; run < times.length; run++) {
          long start = System.nanoTime();
          Profile day =
              java.util.stream.IntStream.range(0, 24)
                  .parallel()
                  .mapToObj(any -> Profile.fromJson(hour))
                  .reduce(Profile::merge)
                  .orElseThrow();
          List<ColumnVerdict> verdicts =
              ColumnDrift.verdicts(Profile.fromJson(reference), day, SETTINGS);
          double millis = (System.nanoTime() - start) / 1e6;
          drifted = verdicts.stream().filter(ColumnVerdict::drifted).count();
          if (run >= 0) {
            times[run] = millis;
          }
        }
        Arrays.sort(times);
        medians[size] = times[times.length / 2];
        System.err.printf(
            Locale.ROOT,
            "24 profiles of %d rows, %d KB each: median %.1f ms, least %.1f ms%n",
            sizes[size],
            hour.length / 1024,
            medians[size],
            times[0]);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "{\"bench\": \"drift-live\", \"unit\": \"ms\", \"ours\": %.1f, \"rows100kAnHour\": %.1f,"
            + " \"hours\": 24, \"columns\": 30, \"drifted\": %d, \"less_is_better\": true,"
            + " \"runs\": 15}%n",
        medians[1],
        medians[0],
        drifted);
  }
}
