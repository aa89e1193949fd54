package io.millrace.activities.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreContractTest extends ObjectStoreContract {
  @TempDir private Path root;

  @Override
  ObjectStore open() {
    return new FileStore(root.resolve("store"));
  }

  @Test
  void aStoreThatCannotBeWritten_isUnavailable() throws Exception {
    Path file = Files.writeString(root.resolve("a-file"), "x");
    assertThatThrownBy(() -> new FileStore(file))
        .hasMessageContaining("expected: a folder that can be written")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_UNAVAILABLE));
  }

  @Test
  void aKeyBelowAnObject_isRefusedAndNotTakenForCreated() {
    ObjectStore store = open();
    store.put("a", new byte[1]);
    assertThatThrownBy(() -> store.create("a/b", new byte[1]))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_UNAVAILABLE));
  }

  @Test
  void leftovers_ofAWriterThatWasKilledAreNotListed() throws Exception {
    ObjectStore store = open();
    store.put("a/b", new byte[1]);
    Files.writeString(root.resolve("store/a/.tmp-123"), "half");
    assertThat(store.list("")).containsExactly("a/b");
  }

  @Test
  void aSetting_opensTheStoreItNames() {
    String uri = "file:" + root.resolve("by-setting");
    try (ObjectStore store = Stores.open(uri)) {
      assertThat(store.uri()).isEqualTo(uri);
      assertThat(store.create("a", new byte[1])).isTrue();
    }
    for (String bad :
        new String[] {"", "/x", "http://x", "s3://", "s3://UPPER/x", "s3://ab/../c"}) {
      assertThatThrownBy(() -> Stores.open(bad))
          .hasMessageContaining("expected: file:/folder or s3://bucket/prefix")
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.CONFIG_INVALID));
    }
  }
}
