package io.millrace.activities.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.activities.store.FileStore;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.ObjectStore;
import io.millrace.workflows.port.watch.WatchActivities.Remark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Labels that somebody puts below a prefix of S3. */
class LabelFolderIT {
  private static LocalStack localStack;

  @TempDir Path dir;

  @BeforeAll
  static void up() {
    localStack = LocalStack.start("s3");
    try (S3Client s3 = localStack.s3()) {
      s3.createBucket(create -> create.bucket("inbox"));
    }
  }

  @AfterAll
  static void down() {
    localStack.close();
  }

  private static void put(String key, String content) {
    try (S3Client s3 = localStack.s3()) {
      s3.putObject(put -> put.bucket("inbox").key(key), RequestBody.fromString(content));
    }
  }

  private WatchedVersion version(ObjectStore store, String from) throws IOException {
    new WatchedStore(store, WatchBed.TRAFFIC)
        .version(
            1,
            """
            watch:
              window: {rows: 5000, min-rows: 1000}
              labels: {metric: accuracy, from: "%s"}
              notify: [log]
            """
                .formatted(from),
            WatchBed.REFERENCE);
    return WatchedVersion.champion(store, WatchedStore.MODEL).orElseThrow();
  }

  private static List<Remark> take(ObjectStore store, WatchedVersion version) {
    Labels labels = new Labels(store, InstantSource.fixed(WatchedStore.START));
    return new LabelFolder(store, labels, localStack::s3).take(version, file -> {});
  }

  @Test
  void take_ofAPrefix_addsEachObjectOnceAsLongAsItIsAsItWas() throws IOException {
    ObjectStore store = new FileStore(dir.resolve("store"));
    WatchedVersion version = version(store, "s3://inbox/labels/");
    put("labels/2026/first.csv", WatchBed.allRepaid(0, 20));
    put("labels/second.csv", WatchBed.allRepaid(20, 50));
    put("labels/notes.txt", "not labels");
    put("elsewhere/third.csv", WatchBed.allRepaid(50, 60));
    assertThat(take(store, version)).isEmpty();
    assertThat(take(store, version)).isEmpty();
    assertThat(store.list("labels/car-loan/")).hasSize(2);

    put("labels/second.csv", WatchBed.allRepaid(20, 55));
    assertThat(take(store, version)).isEmpty();
    assertThat(store.list("labels/car-loan/")).hasSize(3);
  }

  @Test
  void take_ofABucketThatIsNot_isRemarked() throws IOException {
    ObjectStore store = new FileStore(dir.resolve("store"));
    assertThat(take(store, version(store, "s3://nowhere/labels/")))
        .extracting(Remark::sentence)
        .containsExactly(
            "watch.labels.from: s3://nowhere/labels/ cannot be read: NoSuchBucketException");
  }
}
