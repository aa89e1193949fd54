package io.millrace.activities.train;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a trial's states are kept; what {@link #save} has taken survives the death of the node. */
public interface Checkpoints {
  /**
   * A state to go on from.
   *
   * @param step updates done
   * @param epoch epochs finished
   * @param batch batches of the epoch under way that are done
   * @param bestStep updates done at the best epoch's end; that checkpoint is kept
   * @param encoder makes the family's own bytes, on another thread than the one that trains: it
   *     reads nothing that training changes
   */
  record Checkpoint(long step, int epoch, int batch, long bestStep, Supplier<byte[]> encoder) {
    /** With bytes that are there already. */
    public Checkpoint(long step, int epoch, int batch, long bestStep, byte[] content) {
      this(step, epoch, batch, bestStep, () -> content);
    }

    /** The family's own bytes. */
    byte[] content() {
      return encoder.get();
    }
  }

  /** What {@link #newest} found. @param key of its manifest */
  record Found<T>(String key, T state) {}

  /** Reads a family's bytes. */
  interface Reader<T> {
    /**
     * @return null when the bytes are not a state of this trial
     * @throws java.io.IOException the same
     */
    @Nullable T read(byte[] content) throws java.io.IOException;
  }

  /** The newest one that is whole and that the reader takes; a damaged one is passed over. */
  <T> Optional<Found<T>> newest(Reader<T> reader);

  /**
   * Keeps a state; durable and verified when it returns.
   *
   * @return key of its manifest
   */
  String save(Checkpoint checkpoint);
}
