package io.millrace.infra.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A steady load for minutes: 1,000 requests/s of one row and 50 of 64 rows, over 8 connections,
 * with the prediction log on. Every answer must be 200, and the resident memory at the end at most
 * 5 % above that after a tenth of the time.
 */
final class ServingSoak {
  private static final int PER_SECOND = 1_000;
  private static final int BATCHES_PER_SECOND = 50;
  private static final double MOST_GROWTH = 0.05;

  private ServingSoak() {}

  /** True when it held; prints the bench's line. */
  static boolean run(ServingSide side, Duration whole) throws JsonProcessingException {
    HttpLoad one = load(side, 1);
    HttpLoad batch = load(side, 64);
    int parts = 10;
    Duration part = whole.dividedBy(parts);
    double before = 0;
    double after = 0;
    double answered = 0;
    double p99 = 0;
    for (int i = 1; i <= parts; i++) {
      HttpLoad.Result[] batches = new HttpLoad.Result[1];
      Thread beside =
          Thread.ofPlatform().start(() -> batches[0] = batch.run(1, part, BATCHES_PER_SECOND));
      HttpLoad.Result result = one.run(8, part, PER_SECOND);
      try {
        beside.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (batches[0] == null) {
        throw new IllegalStateException("a batch failed; it is said above");
      }
      after = side.residentMegabytes();
      before = i == 1 ? after : before;
      answered += (result.perSecond() + batches[0].perSecond()) * part.toMillis() / 1_000;
      p99 = Math.max(p99, result.p99());
      System.err.printf(
          "%d0 %%: %.0f requests/s, p99 %.3f ms, resident %.1f MB%n",
          i, result.perSecond(), result.p99(), after);
    }
    double growth = after / before - 1;
    ObjectNode line = new ObjectMapper().createObjectNode();
    line.put("bench", "serving-soak").put("seconds", whole.toSeconds());
    line.put("requests", Math.round(answered)).put("errors", 0).put("worst_p99_ms", p99);
    line.put("rss_mb_first", before).put("rss_mb_last", after).put("rss_growth", growth);
    System.out.println(new ObjectMapper().writeValueAsString(line));
    return growth < MOST_GROWTH;
  }

  private static HttpLoad load(ServingSide side, int rows) {
    return new HttpLoad(side.url(), ServingPackage.request(rows).getBytes(StandardCharsets.UTF_8));
  }
}
