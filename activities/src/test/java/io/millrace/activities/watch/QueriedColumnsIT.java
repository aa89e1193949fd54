package io.millrace.activities.watch;

import io.millrace.activities.query.AthenaEmulator;
import io.millrace.activities.query.AthenaEngine;
import io.millrace.activities.query.QueryEngine;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Store;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** The same where the log lies on S3 and is read by Athena's protocol. */
class QueriedColumnsIT extends BeyondColumnsTest {
  private static AthenaEmulator emulator;
  private ObjectStore store;
  private QueryEngine engine;

  @BeforeAll
  static void up() throws Exception {
    emulator = AthenaEmulator.start();
  }

  @AfterAll
  static void down() {
    emulator.close();
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  @Override
  ObjectStore backing() {
    store = new S3Store(emulator.s3(), AthenaEmulator.BUCKET, UUID.randomUUID().toString());
    engine = new AthenaEngine(emulator.athena(), store, emulator.settings());
    return store;
  }

  @Override
  BeyondColumns beyond(Path scratch) {
    return new BeyondColumns(store, scratch, WindowSource.of(store, engine));
  }
}
