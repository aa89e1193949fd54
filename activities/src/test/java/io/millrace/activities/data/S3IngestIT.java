package io.millrace.activities.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.secret.Secrets;
import io.millrace.activities.store.LocalStack;
import io.millrace.activities.store.S3Store;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.data.DataActivities.IngestResult;
import io.millrace.workflows.spec.SourceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** The credit table from one bucket into another store, as it would run in the cloud. */
class S3IngestIT {
  private static LocalStack localStack;
  @TempDir private Path root;

  @BeforeAll
  static void up() {
    localStack = LocalStack.start();
    try (S3Client s3 = localStack.s3()) {
      s3.createBucket(create -> create.bucket("sources"));
      s3.createBucket(create -> create.bucket("millrace"));
      s3.putObject(
          put -> put.bucket("sources").key("credit/table.csv.gz"),
          Ingests.examples().resolve("credit/data/UCI_Credit_Card.uci-layout.csv.gz"));
    }
  }

  @AfterAll
  static void down() {
    localStack.close();
  }

  private Ingests credit(String location) {
    S3Store store = new S3Store(localStack.s3(), "millrace", "it");
    Ingests credit =
        new Ingests(
            root,
            store,
            new DuckDbIngest(
                store,
                root.resolve("scratch"),
                new Secrets(Map.of()),
                localStack::s3,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2)));
    credit.target = "default.payment.next.month";
    credit.id = "ID";
    return credit.from(new SourceSpec(location, null, null));
  }

  @Test
  void anObject_aPrefixAndAFile_giveTheSameVersion() {
    IngestResult object = credit("s3://sources/credit/table.csv.gz").run();
    assertThat(object.rowsRead()).isEqualTo(30_000);
    assertThat(credit("s3://sources/credit/").run().dataset()).isEqualTo(object.dataset());
    Ingests local = new Ingests(root.resolve("local"));
    local.target = "default.payment.next.month";
    local.id = "ID";
    local.specLocation = Ingests.examples().resolve("credit/pipeline.yaml").toString();
    local.from(new SourceSpec("data/UCI_Credit_Card.uci-layout.csv.gz", null, null));
    assertThat(local.run().dataset()).isEqualTo(object.dataset());
  }

  @Test
  void whatIsNotThere_isUnreadable() {
    for (String location :
        new String[] {"s3://sources/nowhere.csv", "s3://no-such-bucket/x.csv", "s3://sources/"}) {
      assertThatThrownBy(() -> credit(location).run())
          .hasMessageContaining(location)
          .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.DATA_UNREADABLE));
    }
  }
}
