package io.millrace.activities.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

class S3StoreContractIT extends ObjectStoreContract {
  private static LocalStack localStack;

  @BeforeAll
  static void up() {
    localStack = LocalStack.start();
    try (S3Client s3 = localStack.s3()) {
      s3.createBucket(create -> create.bucket("millrace"));
    }
  }

  @AfterAll
  static void down() {
    localStack.close();
  }

  @Override
  ObjectStore open() {
    return new S3Store(localStack.s3(), "millrace", "test/" + UUID.randomUUID());
  }

  @Test
  void aBucketThatIsNotThere_isUnavailable() {
    try (S3Store store = new S3Store(localStack.s3(), "nowhere", "")) {
      assertThatThrownBy(store::check)
          .hasMessageContaining("s3://nowhere/")
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_UNAVAILABLE));
      assertThatThrownBy(() -> store.get("a"))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_UNAVAILABLE));
      assertThatThrownBy(() -> store.create("a", new byte[1]))
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_UNAVAILABLE));
    }
  }

  @Test
  void aSetting_opensTheStoreOnTheEndpointOfTheChain() {
    System.setProperty("aws.endpointUrl", localStack.endpoint().toString());
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    try (ObjectStore store = Stores.open("s3://millrace/by-setting")) {
      assertThat(store.create("a/b", new byte[1])).isTrue();
      assertThat(store.list("")).containsExactly("a/b");
      assertThat(store.uri()).isEqualTo("s3://millrace/by-setting");
      assertThat(store.location("a")).isEqualTo("s3://millrace/by-setting/a");
    } finally {
      System.clearProperty("aws.endpointUrl");
      System.clearProperty("aws.accessKeyId");
      System.clearProperty("aws.secretAccessKey");
    }
  }

  @Test
  void anUploadInParts_thatLosesTheRaceLeavesNothingBehind(@TempDir Path folder) throws Exception {
    Path big = Files.write(folder.resolve("big"), new byte[33 << 20]);
    try (S3Client s3 = localStack.s3()) {
      s3.putObject(
          put -> put.bucket("millrace").key("race"),
          software.amazon.awssdk.core.sync.RequestBody.fromString("first"));
      assertThatThrownBy(
              () ->
                  new S3Multipart(s3, "millrace")
                      .upload("race", big, 33 << 20, java.util.Map.of(), true))
          .hasMessageContaining("412");
      assertThat(s3.listMultipartUploads(list -> list.bucket("millrace")).uploads()).isEmpty();
      assertThat(s3.getObjectAsBytes(get -> get.bucket("millrace").key("race")).asUtf8String())
          .isEqualTo("first");
    }
  }
}
