import com.google.googlejavaformat.java.Main;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or fixes the layout of every Java source. Arguments: {@code check|fix}, the project's
 * root.
 */
final class Format {
  public static void main(String[] args) throws Exception {
    boolean fix = args[0].equals("fix");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(fix ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    try (var paths = Files.walk(Path.of(args[1]))) {
      paths
          .filter(p -> p.toString().endsWith(".java") && !p.toString().contains("/target/"))
          .sorted()
          .map(Path::toString)
          .forEach(arguments::add);
    }
    PrintWriter out = new PrintWriter(System.out, true);
    PrintWriter err = new PrintWriter(System.err, true);
    int code = new Main(out, err, System.in).format(arguments.toArray(String[]::new));
    if (code != 0 && !fix) {
      err.println("These files are not formatted. Mend them: mvn -N validate -Dformat=fix");
    }
    System.exit(code);
  }
}
