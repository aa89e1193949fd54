package io.millrace.infra.server;

import io.millrace.activities.store.ObjectStore;
import io.millrace.inference.log.LogSink;
import java.util.Arrays;

/** Keeps the parts of the prediction log in the store. */
record StoreLogSink(ObjectStore store) implements LogSink {
  /** A part is written once: the same again is success, another one under its key is a defect. */
  @Override
  public void write(String key, byte[] content) {
    if (!store.create(key, content)
        && !store.get(key).map(there -> Arrays.equals(there, content)).orElse(false)) {
      throw new IllegalStateException(key + ": another part (expected: none, or the same)");
    }
  }
}
