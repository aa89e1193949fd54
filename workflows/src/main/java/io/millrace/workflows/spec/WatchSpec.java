package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is watched, how often and who hears of it.
 *
 * @param reference {@code training}, {@code same-weekday}, {@code last 7d} or {@code from/to}
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record WatchSpec(
    ScheduleSpec schedule,
    String reference,
    WindowSpec window,
    DriftSpec drift,
    @Nullable LabelsSpec labels,
    @JsonProperty("notify") List<NotifySpec> receivers) {
  public WatchSpec {
    receivers = Checks.list(receivers);
  }

  /** Of the drift checks. */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record ScheduleSpec(Duration every, Duration jitter, Duration catchUp) {}

  /**
   * Which logged predictions a check looks at; exactly one of {@code last} and {@code rows} is set.
   *
   * @param last the time before the check
   * @param rows consecutive chunks of at least this many rows, each checked once, in order
   * @param minRows fewer is the state {@code NO_DATA}
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record WindowSpec(@Nullable Duration last, @Nullable Integer rows, int minRows) {}

  /**
   * @param profile {@code evidently} (measure by type and rows, one threshold), {@code learned}
   *     (thresholds from resampled windows of the reference) or {@code psi} (PSI everywhere)
   * @param columns {@code all} or a comma-separated list
   * @param share of columns that must drift for the dataset to be called drifted, 0..1
   * @param effect least effect size that counts
   * @param fdr false discovery rate over the columns, Benjamini-Hochberg
   * @param multivariate whether a bounded sample of rows is looked at for drift of all columns
   *     together; null for no
   * @param attribution least NDCG of the ranking of columns by what they do for the model, 0..1;
   *     null: that is not looked at
   */
  public record DriftSpec(
      String profile,
      String columns,
      double share,
      double effect,
      double fdr,
      @Nullable Boolean multivariate,
      @Nullable Double attribution) {
    /** Column by column only. */
    public DriftSpec(String profile, String columns, double share, double effect, double fdr) {
      this(profile, columns, share, effect, fdr, null, null);
    }
  }

  /**
   * @param metric realised metric
   * @param floor least value; null for none
   */
  public record LabelsSpec(String metric, @Nullable Double floor) {}

  /** Exactly one of the two. @param hmac reference to the secret that signs; null for none */
  public record NotifySpec(
      @Nullable String webhook, @Nullable String hmac, @Nullable Boolean log) {}
}
