package io.millrace.workflows.replay;

import io.millrace.workflows.TestBed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The folder of saved histories: {@code <Workflow>/<what-happened>.json}. */
record Histories(Path folder) {
  /**
   * Records the named paths, new ones only: a history that was recorded once is what runs under way
   * look like.
   *
   * @param arguments the folder, then the paths
   */
  static void record(String[] arguments, Map<String, Runnable> paths) {
    for (int i = 1; i < arguments.length; i++) {
      paths.get(arguments[i]).run();
    }
    System.exit(0);
  }

  void save(TestBed bed, String workflowId, String workflow, String what) {
    Path file = folder.resolve(workflow).resolve(what + ".json");
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, bed.client().fetchHistory(workflowId).toJson(true) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.out.println("recorded " + file);
  }
}
