package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is watched, how often and who hears of it.
 *
 * @param slo what serving must keep to; null for nothing
 * @param alerts what differs from the alert rules' defaults, by rule; null for nothing
 * @param mutes when nobody is told of alerts, again and again; null for never
 * @param reference {@code training}, {@code version 3}, {@code same-weekday}, {@code last 7d} or
 *     {@code from/to}
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record WatchSpec(
    ScheduleSpec schedule,
    String reference,
    WindowSpec window,
    DriftSpec drift,
    @Nullable LabelsSpec labels,
    @JsonProperty("notify") List<NotifySpec> receivers,
    @Nullable SloSpec slo,
    @Nullable Map<String, AlertSpec> alerts,
    @Nullable List<MuteSpec> mutes) {
  public WatchSpec {
    receivers = Checks.list(receivers);
    alerts = alerts == null ? null : Collections.unmodifiableMap(new TreeMap<>(alerts));
    mutes = mutes == null ? null : List.copyOf(mutes);
  }

  /** Without mutes that recur. */
  public WatchSpec(
      ScheduleSpec schedule,
      String reference,
      WindowSpec window,
      DriftSpec drift,
      @Nullable LabelsSpec labels,
      List<NotifySpec> receivers,
      @Nullable SloSpec slo,
      @Nullable Map<String, AlertSpec> alerts) {
    this(schedule, reference, window, drift, labels, receivers, slo, alerts, null);
  }

  /** Without objectives, alerts as they are by default. */
  public WatchSpec(
      ScheduleSpec schedule,
      String reference,
      WindowSpec window,
      DriftSpec drift,
      @Nullable LabelsSpec labels,
      List<NotifySpec> receivers) {
    this(schedule, reference, window, drift, labels, receivers, null, null);
  }

  /** The same with other labels. */
  public WatchSpec with(LabelsSpec other) {
    return new WatchSpec(schedule, reference, window, drift, other, receivers, slo, alerts, mutes);
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
   * @param delay time after a prediction within which its label comes; null when nobody knows
   * @param from folder or S3 prefix that new files of labels are taken from, absolute; null for
   *     none
   */
  public record LabelsSpec(
      String metric, @Nullable Double floor, @Nullable Duration delay, @Nullable String from) {
    /** The same, taken from elsewhere. */
    public LabelsSpec at(String other) {
      return new LabelsSpec(metric, floor, delay, other);
    }

    /** Labels that somebody adds. */
    public LabelsSpec(String metric, @Nullable Double floor, @Nullable Duration delay) {
      this(metric, floor, delay, null);
    }

    /** Labels that come whenever they come. */
    public LabelsSpec(String metric, @Nullable Double floor) {
      this(metric, floor, null);
    }
  }

  /** Exactly one of the two. @param hmac reference to the secret that signs; null for none */
  public record NotifySpec(
      @Nullable String webhook, @Nullable String hmac, @Nullable Boolean log) {}

  /**
   * What serving must keep to; each that is null is not asked for.
   *
   * @param p50 greatest median latency
   * @param p95 greatest 95 % quantile of the latency
   * @param p99 greatest 99 % quantile of the latency
   * @param errors greatest share of requests without an answer, 0..1
   * @param throughput least predictions a second over a window
   * @param freshness greatest age of the newest logged prediction
   * @param labels least share of due rows that have a label, 0..1
   * @param costPer1000 greatest cost of 1,000 predictions, US dollars
   * @param hourlyCost what an hour of the endpoint costs, US dollars; set with {@code costPer1000}
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record SloSpec(
      @Nullable Duration p50,
      @Nullable Duration p95,
      @Nullable Duration p99,
      @Nullable Double errors,
      @Nullable Double throughput,
      @Nullable Duration freshness,
      @Nullable Double labels,
      @JsonProperty("cost-per-1000") @Nullable Double costPer1000,
      @Nullable Double hourlyCost) {}

  /**
   * How one kind of alert differs from its defaults.
   *
   * @param after how often it must be seen; null for the rule's own
   * @param severity {@code info}, {@code warning} or {@code error}; null for the rule's own
   * @param off whether it never alerts; null for no
   */
  @JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
  public record AlertSpec(
      @Nullable Debounce after, @Nullable String severity, @Nullable Boolean off) {}

  /**
   * A time of the day, on some days of the week, at which nobody is told of alerts.
   *
   * @param rule whose alerts; null for every rule's
   * @param days {@code mon} to {@code sun} on which it begins; null for each
   * @param from {@code HH:MM} on the clocks of the zone; null for {@code 00:00}
   * @param to exclusive, {@code HH:MM} up to {@code 24:00}, on the next day when it is before
   *     {@code from}; null for {@code 24:00}
   * @param zone such as {@code Europe/Berlin}; null for UTC
   */
  public record MuteSpec(
      @Nullable String rule,
      @Nullable List<String> days,
      @Nullable String from,
      @Nullable String to,
      @Nullable String zone) {
    public MuteSpec {
      days = days == null || days.isEmpty() ? null : List.copyOf(days);
    }
  }
}
