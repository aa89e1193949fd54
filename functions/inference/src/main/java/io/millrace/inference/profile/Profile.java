package io.millrace.inference.profile;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.inference.model.Feature;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the columns of some rows look like. Profiles of parts merge into the profile of the whole:
 * counts and moments exactly, quantiles and frequent texts within their sketches' error. Immutable.
 */
public final class Profile {
  private final long rows;
  private final Map<String, ColumnProfile> columns;

  /** Name and kind of a column. */
  public record Column(String name, Feature.Kind kind) {}

  Profile(long rows, List<ColumnProfile> columns) {
    this.rows = rows;
    Map<String, ColumnProfile> byName = new LinkedHashMap<>();
    for (ColumnProfile column : columns) {
      if (byName.put(column.name(), column) != null) {
        throw new IllegalArgumentException(
            "column " + column.name() + ": twice (expected: every name once)");
      }
    }
    this.columns = byName;
  }

  /** A profile of no rows. */
  public static Profile empty(List<Column> columns) {
    return new ProfileBuilder(columns).build();
  }

  public long rows() {
    return rows;
  }

  /** In the order of the builder, columns that came by a merge last. */
  public List<ColumnProfile> columns() {
    return List.copyOf(columns.values());
  }

  public Optional<ColumnProfile> column(String name) {
    return Optional.ofNullable(columns.get(name));
  }

  /**
   * Profiles of different columns of the same rows, as one.
   *
   * @param profiles at least one, of equally many rows
   * @param order names of the columns; those that are not named come last
   * @throws IllegalArgumentException when a column is there twice, or the rows differ
   */
  public static Profile beside(List<Profile> profiles, List<String> order) {
    long rows = profiles.getFirst().rows;
    List<ColumnProfile> columns = new ArrayList<>();
    for (Profile profile : profiles) {
      if (profile.rows != rows) {
        throw new IllegalArgumentException(
            "profile: " + profile.rows + " rows (expected: " + rows + ", as the first has)");
      }
      columns.addAll(profile.columns());
    }
    Map<String, Integer> places = new LinkedHashMap<>();
    order.forEach(name -> places.putIfAbsent(name, places.size()));
    columns.sort(
        Comparator.comparingInt(column -> places.getOrDefault(column.name(), Integer.MAX_VALUE)));
    return new Profile(rows, columns);
  }

  /** The same rows, these columns only; names that are not here are left out. */
  public Profile only(Set<String> names) {
    return new Profile(rows, columns().stream().filter(c -> names.contains(c.name())).toList());
  }

  /** The same with a column that is counted over rows of its own, in place of one of its name. */
  public Profile with(ColumnProfile column) {
    List<ColumnProfile> all = new ArrayList<>(columns());
    all.removeIf(own -> own.name().equals(column.name()));
    all.add(column);
    return new Profile(rows, all);
  }

  /**
   * The profile of both sides' rows. A column that only one side has is kept with that side's
   * counts: rows of the other side are not counted as missing.
   *
   * @throws IllegalArgumentException when a column has another kind on the other side
   */
  public Profile merge(Profile other) {
    Set<String> names = new LinkedHashSet<>(columns.keySet());
    names.addAll(other.columns.keySet());
    List<ColumnProfile> merged = new ArrayList<>();
    for (String name : names) {
      ColumnProfile ours = columns.get(name);
      ColumnProfile theirs = other.columns.get(name);
      if (ours != null && theirs != null) {
        merged.add(ours.merge(theirs));
      } else if (ours != null) {
        merged.add(ours);
      } else if (theirs != null) {
        merged.add(theirs);
      }
    }
    return new Profile(Math.addExact(rows, other.rows), merged);
  }

  /** UTF-8 JSON; equal rows added in equal order give equal bytes. */
  public byte[] toJson() {
    return ProfileJson.write(this);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException when the bytes are anything else; the message says where
   */
  public static Profile fromJson(byte[] json) {
    return ProfileJson.read(json);
  }

  /**
   * The same of an object that is part of another, already parsed.
   *
   * @throws IllegalArgumentException as {@link #fromJson(byte[])}
   */
  public static Profile fromJson(JsonNode json) {
    return ProfileJson.read(json);
  }
}
