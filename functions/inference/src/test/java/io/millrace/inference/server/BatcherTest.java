package io.millrace.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.inference.model.TestPackages;
import io.millrace.inference.runtime.ModelRuntime;
import io.millrace.inference.runtime.Prediction;
import io.millrace.inference.runtime.RowInvalid;
import io.millrace.inference.runtime.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatcherTest {
  private static final Batching ON = new Batching(Batching.Mode.ON, 64, Duration.ofSeconds(10));

  @TempDir Path dir;

  private static Rows rows(ModelRuntime runtime, Random random, int size) {
    Rows rows = new Rows(runtime.schema());
    for (int i = 0; i < size; i++) {
      Map<String, Object> row = new HashMap<>();
      row.put("age", random.nextInt(120));
      row.put("income", random.nextInt(3) == 0 ? null : random.nextInt(5_000));
      row.put("city", random.nextBoolean() ? "berlin" : "rome");
      rows.row(row);
    }
    return rows;
  }

  @Test
  void joinedRequests_getTheBitsThatEachGetsAlone() throws Exception {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir));
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Batcher batcher = new Batcher(runtime, ON);
      Random random = new Random(1);
      List<Rows> requests = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        requests.add(rows(runtime, random, 1 + random.nextInt(5)));
      }
      List<Callable<List<Prediction>>> calls = new ArrayList<>();
      requests.forEach(request -> calls.add(() -> batcher.predict(request)));
      List<Future<List<Prediction>>> answers = threads.invokeAll(calls);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(bits(answers.get(i).get())).isEqualTo(bits(runtime.predict(requests.get(i))));
      }
      long[] runs = batcher.runRows().counts();
      long total = 0;
      for (long count : runs) {
        total += count;
      }
      assertThat(batcher.runRows().sum()).isEqualTo(requests.stream().mapToInt(Rows::size).sum());
      assertThat(total).as("runs of the graph").isLessThanOrEqualTo(requests.size());
    }
  }

  private static List<Integer> bits(List<Prediction> predictions) {
    return predictions.stream().map(p -> Float.floatToRawIntBits(p.score())).toList();
  }

  @Test
  void rows_joined_areTheRowsOneAfterTheOther() {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir))) {
      Random random = new Random(2);
      Rows a = rows(runtime, random, 1);
      Rows b = rows(runtime, random, 3);
      List<Prediction> joined = runtime.predict(Rows.joined(List.of(a, b)));
      List<Integer> apart = new ArrayList<>(bits(runtime.predict(a)));
      apart.addAll(bits(runtime.predict(b)));
      assertThat(bits(joined)).isEqualTo(apart);
    }
  }

  @Test
  void whatIsWrongWithOneRequest_reachesNoOther() throws Exception {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir));
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Batcher batcher = new Batcher(runtime, ON);
      Random random = new Random(3);
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        boolean bad = i % 5 == 0;
        Rows rows = rows(runtime, random, 1);
        if (bad) {
          rows.row(Map.of("age", 500, "income", 1, "city", "rome"));
        }
        calls.add(
            () -> {
              if (bad) {
                assertThatThrownBy(() -> batcher.predict(rows))
                    .isInstanceOf(RowInvalid.class)
                    .hasMessageContaining("age: 500");
              } else {
                assertThat(batcher.predict(rows)).hasSize(1);
              }
              return bad;
            });
      }
      int bad = 0;
      for (Future<Boolean> call : threads.invokeAll(calls)) {
        bad += call.get() ? 1 : 0;
      }
      assertThat(bad).isEqualTo(100);
    }
  }

  @Test
  void aSmallNet_isNotWorthJoining_andOffIsOff() {
    try (ModelRuntime runtime = ModelRuntime.open(TestPackages.linear(dir))) {
      Batcher off = new Batcher(runtime, ON.with(Batching.Mode.OFF));
      assertThat(off.on()).isFalse();
      assertThat(off.predict(rows(runtime, new Random(4), 100))).hasSize(100);
      assertThat(new Batcher(runtime, ON).on()).isTrue();
    }
  }
}
