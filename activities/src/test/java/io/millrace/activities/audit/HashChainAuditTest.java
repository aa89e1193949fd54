package io.millrace.activities.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.activities.store.FileStore;
import io.millrace.workflows.failure.FailureType;
import io.millrace.workflows.failure.Failures;
import io.millrace.workflows.port.audit.AuditActivities.AuditRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked // a null here fails the test, as it should
class HashChainAuditTest {
  @TempDir Path folder;
  private FileStore store;
  private HashChainAudit audit;

  @BeforeEach
  void open() {
    store = new FileStore(folder);
    audit =
        new HashChainAudit(
            store, Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC));
  }

  private static AuditRecord told(String key) {
    return new AuditRecord(
        key, "credit", "approve", "ada", "looks right", Map.of("version", "3", "auc", "0.775"));
  }

  private void three() {
    audit.record(told("a"));
    audit.record(told("b"));
    audit.record(told("c"));
  }

  @Test
  void record_chainsEntries_withWhoWhatWhenWhy() {
    three();

    assertThat(audit.entries()).extracting(AuditEntry::seq).containsExactly(1L, 2L, 3L);
    AuditEntry second = audit.entries().get(1);
    assertThat(second.previous()).isEqualTo(audit.entries().getFirst().hash());
    assertThat(second.who()).isEqualTo("ada");
    assertThat(second.at()).isEqualTo("2026-01-02T03:04:05.678Z");
    assertThat(second.reason()).isEqualTo("looks right");
    assertThat(audit.verify())
        .isEqualTo(new HashChainAudit.Verification(3, audit.entries().getLast().hash(), null));
  }

  @Test
  void record_ofTheSameKey_addsNothing_howeverLongAgo() {
    three();
    audit.record(told("a"));
    new HashChainAudit(store).record(told("c"));

    assertThat(audit.entries()).hasSize(3);
  }

  @Test
  void record_afterACrashBetweenClaimAndEntry_appendsOnce() {
    three();
    store.delete("audit/0000000003.json");

    audit.record(told("c"));
    audit.record(told("c"));

    assertThat(audit.entries()).extracting(AuditEntry::key).containsExactly("a", "b", "c");
  }

  @Test
  void record_fromManyAtOnce_keepsEveryKeyOnceInOneChain() {
    IntStream.range(0, 40).parallel().forEach(i -> audit.record(told("key-" + i % 20)));

    assertThat(audit.entries()).extracting(AuditEntry::key).doesNotHaveDuplicates().hasSize(20);
    assertThat(audit.verify().sound()).isTrue();
  }

  @Test
  void verify_ofAnEmptyLog_isSound() {
    assertThat(audit.verify()).isEqualTo(new HashChainAudit.Verification(0, null, null));
  }

  private void edit(long seq, String from, String to) {
    String key = "audit/%010d.json".formatted(seq);
    String text = new String(store.get(key).orElseThrow(), StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    store.put(key, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void verify_namesTheFirstChangedEntry() {
    three();
    edit(2, "looks right", "looks wrong");

    assertThat(audit.verify().entries()).isEqualTo(1);
    assertThat(audit.verify().broken())
        .isEqualTo(
            new HashChainAudit.Broken(
                2, "audit/0000000002.json", "entry 2 does not match its own hash: it was changed"));
  }

  @Test
  void verify_findsARewrittenEntryByTheOneAfterIt() {
    three();
    AuditEntry first = audit.entries().getFirst();
    AuditEntry forged = AuditEntry.after(2, first.hash(), Instant.EPOCH, told("forged"));
    edit(2, audit.entries().get(1).hash(), forged.hash());
    edit(2, "\"b\"", "\"forged\"");
    edit(2, "2026-01-02T03:04:05.678Z", "1970-01-01T00:00:00Z");

    assertThat(audit.verify().broken().seq()).isEqualTo(3);
    assertThat(audit.verify().broken().sentence()).contains("does not continue the one before");
  }

  @Test
  void verify_findsAMissingEntryAndGarbage() {
    three();
    store.delete("audit/0000000001.json");
    assertThat(audit.verify().broken().sentence()).isEqualTo("entry 1 is missing");

    store.put("audit/0000000001.json", "null".getBytes(StandardCharsets.UTF_8));
    assertThat(audit.verify().broken().sentence()).isEqualTo("entry 1 is no audit entry");

    store.put("audit/0000000001.json", "{".getBytes(StandardCharsets.UTF_8));
    assertThat(audit.verify().broken().sentence()).contains("cannot be read");
  }

  @Test
  void record_onABrokenHead_isRefused() {
    three();
    edit(3, "ada", "eve");

    assertThatThrownBy(() -> audit.record(told("d")))
        .hasMessageContaining("audit: audit/0000000003.json (expected: sound)")
        .satisfies(e -> assertThat(Failures.typeOf(e)).contains(FailureType.STORE_CORRUPT));
    assertThat(store.list("audit/")).hasSize(3);
  }
}
