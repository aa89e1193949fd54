import io.millrace.activities.data.DuckDbIngest;
import io.millrace.activities.secret.Secrets;
import io.millrace.activities.spec.SpecParser;
import io.millrace.activities.store.FileStore;
import io.millrace.workflows.port.data.DataActivities.IngestRequest;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.ref.RunRef;
import io.millrace.workflows.spec.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** One ingest of a spec into a store in a folder; prints seconds and what was found. */
public final class IngestBench {
  private IngestBench() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    Spec spec = SpecParser.parse(Files.readAllBytes(Path.of(args[1])));
    long start = System.nanoTime();
    IngestResult result =
        new DuckDbIngest(
                new FileStore(folder.resolve("store")),
                folder.resolve("scratch"),
                new Secrets(Map.of()))
            .ingest(
                new IngestRequest(
                    new RunRef("bench-1", "bench", null),
                    "bench",
                    spec.task(),
                    spec.data(),
                    args[1],
                    null));
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        java.util.Locale.ROOT,
        "{\"seconds\": %.3f, \"rows\": %d, \"quarantined\": %d, \"personal\": %d}%n",
        seconds,
        result.rowsRead(),
        result.rowsQuarantined(),
        result.privacy().size());
  }
}
