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

/**
 * One ingest of a spec into a store in a folder; prints seconds and what was found. Before the
 * clock starts a small table is read, as a worker has done before, and as the other side has its
 * libraries loaded before its own starts.
 */
public final class IngestBench {
  private IngestBench() {}

  /** Arguments: FOLDER SPEC SMALL-SPEC. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    ingest(folder.resolve("small"), args[2]);
    long start = System.nanoTime();
    IngestResult result = ingest(folder, args[1]);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        java.util.Locale.ROOT,
        "{\"seconds\": %.3f, \"rows\": %d, \"quarantined\": %d, \"personal\": %d}%n",
        seconds,
        result.rowsRead(),
        result.rowsQuarantined(),
        result.privacy().size());
  }

  private static IngestResult ingest(Path folder, String file) throws Exception {
    Spec spec = SpecParser.parse(Files.readAllBytes(Path.of(file)));
    return new DuckDbIngest(
            new FileStore(folder.resolve("store")),
            folder.resolve("scratch"),
            new Secrets(Map.of()))
        .ingest(
            new IngestRequest(
                new RunRef("bench-1", "bench", null),
                "bench",
                spec.task(),
                spec.data(),
                file,
                null));
  }
}
