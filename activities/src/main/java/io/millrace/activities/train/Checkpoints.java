package io.millrace.activities.train;

import java.util.Optional;
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
   * @param content the family's own bytes
   */
  record Checkpoint(long step, int epoch, int batch, long bestStep, byte[] content) {}

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
