package io.millrace.activities.spec;

import io.millrace.workflows.spec.ExpectationSpec;
import io.millrace.workflows.spec.ExpectationSpec.Bounds;
import io.millrace.workflows.spec.ExpectationSpec.History;
import io.millrace.workflows.spec.ExpectationSpec.OnBreak;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Expectations for tests, which name what they ask and no more. */
public final class Rules {
  private final @Nullable String column;
  private @Nullable Boolean notNull;
  private @Nullable Boolean unique;
  private @Nullable List<@Nullable Double> range;
  private @Nullable List<String> set;
  private @Nullable String regex;
  private @Nullable Bounds rows;
  private @Nullable Duration freshness;
  private @Nullable String sql;
  private @Nullable Double nulls;
  private @Nullable History history;

  private Rules(@Nullable String column) {
    this.column = column;
  }

  public static Rules on(String column) {
    return new Rules(column);
  }

  public static Rules ofTable() {
    return new Rules(null);
  }

  public Rules notNull() {
    notNull = true;
    return this;
  }

  public Rules unique() {
    unique = true;
    return this;
  }

  public Rules range(@Nullable Double min, @Nullable Double max) {
    range = Arrays.asList(min, max);
    return this;
  }

  public Rules set(List<String> values) {
    set = values;
    return this;
  }

  public Rules regex(String pattern) {
    regex = pattern;
    return this;
  }

  public Rules rows(@Nullable Long min, @Nullable Long max) {
    rows = new Bounds(min, max);
    return this;
  }

  public Rules freshness(Duration most) {
    freshness = most;
    return this;
  }

  public Rules sql(String condition) {
    sql = condition;
    return this;
  }

  public Rules nulls(double most) {
    nulls = most;
    return this;
  }

  public Rules history(@Nullable Integer last, @Nullable Double change) {
    history = new History(last, change);
    return this;
  }

  /** The rule, and what happens where it is broken. */
  public ExpectationSpec then(OnBreak onBreak, double maxDropped) {
    return new ExpectationSpec(
        column,
        notNull,
        unique,
        range,
        set,
        regex,
        rows,
        freshness,
        sql,
        onBreak,
        maxDropped,
        nulls,
        history);
  }
}
