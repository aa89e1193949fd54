package io.millrace.activities.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.train.Checkpoints.Checkpoint;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CheckpointWriterTest {
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final Duration HOUR = Duration.ofHours(1);

  private final SlowStore store = new SlowStore();
  private final List<String> told = new CopyOnWriteArrayList<>();

  @Test
  void offer_returnsBeforeTheStateIsDurable_andItIsToldAfterwards() throws Exception {
    try (CheckpointWriter writer = writer(AT_ONCE)) {
      writer.offer(state(1), 0.5);
      store.began();
      assertThat(told).isEmpty();
      store.go.release();
      assertThat(writer.flush()).isEqualTo("key-1");
      assertThat(told).containsExactly("key-1 0.5");
    }
  }

  @Test
  void offer_whileOneIsWritten_keepsTheNewestWaitingOnly() throws Exception {
    try (CheckpointWriter writer = writer(AT_ONCE)) {
      writer.offer(state(1), null);
      store.began();
      writer.offer(state(2), null);
      writer.offer(state(3), null);
      store.go.release(2);
      assertThat(writer.flush()).isEqualTo("key-3");
      assertThat(told).containsExactly("key-1 null", "key-3 null");
      assertThat(store.threads)
          .doesNotContain(Thread.currentThread())
          .containsOnly(store.threads.getFirst());
    }
  }

  @Test
  void offer_soonAfterAnother_waitsUntilItIsDueOrAskedFor() {
    store.go.release(2);
    try (CheckpointWriter writer = writer(HOUR)) {
      writer.offer(state(1), null);
      assertThat(writer.flush()).isEqualTo("key-1");
      writer.offer(state(2), null);
      writer.offer(state(3), null);
      assertThat(writer.flush()).isEqualTo("key-3");
    }
    assertThat(told).hasSize(2);
  }

  @Test
  void flush_withNothingTakenOver_isNull() {
    try (CheckpointWriter writer = writer(AT_ONCE)) {
      assertThat(writer.flush()).isNull();
    }
  }

  @Test
  void close_writesWhatWaits() {
    store.go.release(1);
    CheckpointWriter writer = writer(HOUR);
    writer.offer(state(7), null);
    writer.close();
    assertThat(told).containsExactly("key-7 null");
  }

  @Test
  void offer_afterAFailedWrite_throwsIt() {
    RuntimeException full = Failures.of(FailureType.STORE_UNAVAILABLE, "store: full");
    store.failure = full;
    store.go.release(1);
    try (CheckpointWriter writer = writer(AT_ONCE)) {
      writer.offer(state(1), null);
      assertThatThrownBy(writer::flush).isSameAs(full);
      assertThatThrownBy(writer::check).isSameAs(full);
      assertThatThrownBy(() -> writer.offer(state(2), null)).isSameAs(full);
    }
    assertThat(told).isEmpty();
  }

  @Test
  void flush_afterAnErrorOfTheWriter_throwsItInsteadOfWaiting() {
    try (CheckpointWriter writer = writer(AT_ONCE)) {
      Checkpoint tooLarge =
          new Checkpoint(
              1,
              1,
              0,
              0,
              () -> {
                throw new OutOfMemoryError("encoding");
              });
      store.go.release(1);
      writer.offer(tooLarge, null);
      assertThatThrownBy(writer::flush).isInstanceOf(OutOfMemoryError.class).hasMessage("encoding");
    }
  }

  private CheckpointWriter writer(Duration every) {
    return new CheckpointWriter(store, every, (key, best) -> told.add(key + " " + best));
  }

  private static Checkpoint state(int step) {
    return new Checkpoint(step, 1, 0, 0, new byte[] {(byte) step});
  }

  /** Each write waits until it is let go. */
  private static final class SlowStore implements Checkpoints {
    final Semaphore go = new Semaphore(0);
    final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Semaphore started = new Semaphore(0);
    volatile @Nullable RuntimeException failure;

    void began() throws InterruptedException {
      assertThat(started.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public <T> Optional<Found<T>> newest(Reader<T> reader) {
      return Optional.empty();
    }

    @Override
    public String save(Checkpoint checkpoint) {
      started.release();
      threads.add(Thread.currentThread());
      go.acquireUninterruptibly();
      if (failure != null) {
        throw failure;
      }
      assertThat(checkpoint.content()).isNotEmpty();
      return "key-" + checkpoint.step();
    }
  }
}
