package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.store.FileStore;
import io.millrace.workflows.ref.PackageRef;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningCurveTest {
  private static final PackageRef MODEL =
      new PackageRef("runs/credit-1/trials/0/package-a/", "a".repeat(64), 1);
  @TempDir Path folder;

  @Test
  void keep_laysTheCurveBesideThePackage_andOfReadsIt() {
    FileStore store = new FileStore(folder);
    LearningCurve curve =
        new LearningCurve("roc-auc", List.of(0.7, 0.75), List.of(0.5, Double.MIN_VALUE));

    assertThat(LearningCurve.of(store, MODEL)).isEmpty();
    curve.keep(store, MODEL);
    curve.keep(store, MODEL);

    assertThat(LearningCurve.of(store, MODEL)).contains(curve);
    for (String broken : List.of("{", "null", "{\"metric\":\"\"}")) {
      store.put(MODEL.prefix() + "curve.json", broken.getBytes(StandardCharsets.UTF_8));
      assertThat(LearningCurve.of(store, MODEL)).isEmpty();
    }
  }
}
