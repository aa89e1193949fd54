package io.millrace.activities.watch;

import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.ObjectStore;
import io.millrace.activities.store.S3Store;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same over S3. */
class HourProfileIT extends HourProfileTest {
  private static LocalStack localStack;

  @BeforeAll
  static void up() {
    localStack = LocalStack.start();
    try (var s3 = localStack.s3()) {
      s3.createBucket(create -> create.bucket("hours"));
    }
  }

  @AfterAll
  static void down() {
    localStack.close();
  }

  @Override
  ObjectStore looked() {
    return new S3Store(localStack.s3(), "hours", UUID.randomUUID().toString());
  }
}
