package io.millrace.inference.profile;

import io.millrace.inference.model.Feature;
import java.util.Collections;
import java.util.Map;

/** A column of texts: counts by text, exact up to 1,000 distinct ones, sketched beyond. */
public final class CategoryProfile implements ColumnProfile {
  private final String name;
  private final long missing;
  private final Levels levels;
  private final Map<String, Long> counts;
  private final long listed;

  CategoryProfile(String name, long missing, Levels levels) {
    this.name = name;
    this.missing = missing;
    this.levels = levels;
    this.counts = Collections.unmodifiableMap(levels.counts());
    this.listed = counts.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Feature.Kind kind() {
    return Feature.Kind.CATEGORY;
  }

  @Override
  public long count() {
    return levels.count();
  }

  @Override
  public long missing() {
    return missing;
  }

  /**
   * Rows by text, in the order of the texts. Exact when {@link #exact}; else of the frequent texts
   * only, each too low by at most {@link #countError}. Texts over 256 characters appear shortened,
   * with a hash.
   */
  public Map<String, Long> counts() {
    return counts;
  }

  /** Rows that {@link #counts} does not account for. */
  public long other() {
    return count() - listed;
  }

  /** True as long as every text is counted exactly. */
  public boolean exact() {
    return levels.isExact();
  }

  /** Greatest difference between a count and the truth; 0 when exact. */
  public long countError() {
    return levels.error();
  }

  /** How many different texts: exact, or within 1.6 % (one standard error) beyond 1,000. */
  public double distinct() {
    return levels.distinct();
  }

  @Override
  public CategoryProfile merge(ColumnProfile other) {
    if (!(other instanceof CategoryProfile category)) {
      throw new IllegalArgumentException(
          "column "
              + name
              + ": "
              + other.kind()
              + " (expected: CATEGORY, as in the other profile)");
    }
    Levels both = levels.copy();
    both.merge(category.levels);
    return new CategoryProfile(name, Math.addExact(missing, category.missing), both);
  }

  Levels levels() {
    return levels;
  }
}
