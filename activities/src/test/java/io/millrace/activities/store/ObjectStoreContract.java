package io.millrace.activities.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.dataset.Sha256;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store does; run against each adapter. */
abstract class ObjectStoreContract {
  @TempDir private Path folder;
  private ObjectStore store;

  /** A store of its own for each test, empty. */
  abstract ObjectStore open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String text(String key) {
    return new String(store.get(key).orElseThrow(), StandardCharsets.UTF_8);
  }

  @Test
  void create_ofAKeyThatIsTaken_isFalseAndLeavesItAsItIs() {
    assertThat(store.create("a/b.json", bytes("first"))).isTrue();
    assertThat(store.create("a/b.json", bytes("second"))).isFalse();
    assertThat(store.create("a/b.json", bytes("first"))).isFalse();
    assertThat(text("a/b.json")).isEqualTo("first");
  }

  @Test
  void put_replaces() {
    store.put("a", bytes("first"));
    store.put("a", bytes("second"));
    assertThat(text("a")).isEqualTo("second");
  }

  @Test
  void aMissingObject_isEmptyOrNotFound() {
    assertThat(store.get("no/such")).isEmpty();
    assertThat(store.sizeBytes("no/such")).isEmpty();
    assertThatThrownBy(() -> store.open("no/such"))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND))
        .hasMessageContaining("no/such");
    assertThatThrownBy(() -> store.fetch("no/such", folder.resolve("x")))
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.NOT_FOUND));
    assertThat(folder).isEmptyDirectory();
    store.delete("no/such");
  }

  @Test
  void aPrefixOfKeys_isNoObject() {
    store.put("a/b/c", bytes("x"));
    assertThat(store.get("a/b")).isEmpty();
    assertThat(store.sizeBytes("a")).isEmpty();
    store.delete("a/b");
    assertThat(store.list("")).containsExactly("a/b/c");
  }

  @Test
  void anEmptyObject_isThere() {
    assertThat(store.create("empty", new byte[0])).isTrue();
    assertThat(store.get("empty").orElseThrow()).isEmpty();
    assertThat(store.sizeBytes("empty")).contains(0L);
  }

  @Test
  void list_isByPrefixAndAscending() {
    for (String key : List.of("b/2", "b/10", "b/1", "a", "bb", "b/c/d", "ü")) {
      store.put(key, bytes(key));
    }
    assertThat(store.list("b/")).containsExactly("b/1", "b/10", "b/2", "b/c/d");
    assertThat(store.list("b")).containsExactly("b/1", "b/10", "b/2", "b/c/d", "bb");
    assertThat(store.list("")).hasSize(7).isSorted();
    assertThat(store.list("z/")).isEmpty();
  }

  @Test
  void list_goesOnAfterAThousand() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<Boolean>> writes = new ArrayList<>();
      for (int i = 0; i < 1005; i++) {
        String key = "many/%04d".formatted(i);
        writes.add(() -> store.create(key, bytes("x")));
      }
      for (Future<Boolean> write : threads.invokeAll(writes)) {
        assertThat(write.get()).isTrue();
      }
    }
    assertThat(store.list("many/")).hasSize(1005).isSorted().endsWith("many/1004");
  }

  @Test
  void delete_removes() {
    store.put("a/b", bytes("x"));
    store.delete("a/b");
    assertThat(store.get("a/b")).isEmpty();
    assertThat(store.create("a/b", bytes("y"))).isTrue();
  }

  @Test
  void aFileOfSeveralParts_comesBackAsItWas() throws Exception {
    Path big = folder.resolve("big");
    byte[] block = new byte[1 << 20];
    new Random(1).nextBytes(block);
    try (var out = Files.newOutputStream(big)) {
      for (int i = 0; i < 35; i++) {
        block[0] = (byte) i;
        out.write(block);
      }
      out.write(7);
    }

    assertThat(store.create("big", big)).isTrue();
    assertThat(store.create("big", big)).isFalse();
    assertThat(store.sizeBytes("big")).contains((35L << 20) + 1);
    Path back = folder.resolve("sub/back");
    store.fetch("big", back);
    assertThat(Sha256.of(back)).isEqualTo(Sha256.of(big));
    store.put("big", big);
    assertThat(store.sizeBytes("big")).contains((35L << 20) + 1);
    try (var files = Files.list(back.getParent())) {
      assertThat(files).containsExactly(back);
    }
  }

  @Test
  void fetch_replacesTheFile() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "old and longer");
    store.put("k", bytes("new"));
    store.fetch("k", file);
    assertThat(file).hasContent("new");
    try (InputStream in = store.open("k")) {
      assertThat(in.readAllBytes()).isEqualTo(bytes("new"));
    }
  }

  @Test
  void oneOfManyCreators_wins() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "equal");
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int round = 0; round < 5; round++) {
        String key = "lock/" + round;
        List<Callable<Boolean>> creators = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          boolean fromFile = i % 2 == 0;
          creators.add(
              () -> fromFile ? store.create(key, file) : store.create(key, bytes("equal")));
        }
        int won = 0;
        for (Future<Boolean> creator : threads.invokeAll(creators)) {
          won += creator.get() ? 1 : 0;
        }
        assertThat(won).isEqualTo(1);
      }
    }
  }

  @Test
  void appendsOfManyWriters_makeOneSequenceWithoutGapsOrLosses() throws Exception {
    Sequences sequences = new Sequences(store);
    int writers = 6;
    int each = 8;
    Set<String> acknowledged = new ConcurrentSkipListSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Callable<Void>> work = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        int writer = w;
        work.add(
            () -> {
              for (int i = 0; i < each; i++) {
                String entry = writer + "-" + i;
                long seq = sequences.append("s/", (n, head) -> bytes(entry)).orElseThrow().seq();
                acknowledged.add(seq + "=" + entry);
              }
              return null;
            });
      }
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    }
    List<Sequences.Entry> all = sequences.all("s/");
    assertThat(all.stream().map(Sequences.Entry::seq))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, writers * each).boxed().toList());
    assertThat(
            all.stream().map(e -> e.seq() + "=" + new String(e.content(), StandardCharsets.UTF_8)))
        .containsExactlyInAnyOrderElementsOf(acknowledged);
    assertThat(sequences.head("s/").orElseThrow().seq()).isEqualTo(writers * each);
  }

  @Test
  void appendOfNothing_addsNothing() {
    Sequences sequences = new Sequences(store);
    assertThat(sequences.head("s/")).isEmpty();
    assertThat(sequences.append("s/", (n, head) -> null)).isEmpty();
    assertThat(store.list("s/")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\\b", "a\nb"})
  void aBadKey_isRefusedBeforeAnythingIsTouched(String key) {
    assertThatThrownBy(() -> store.put(key, bytes("x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: parts of a/b/c");
    assertThatThrownBy(() -> store.get(key)).isInstanceOf(IllegalArgumentException.class);
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void location_namesTheObjectUnderTheStore() {
    assertThat(store.location("a/b")).endsWith("/a/b");
    assertThat(store.uri()).matches("(file:/|s3://).*[^/]");
  }
}
