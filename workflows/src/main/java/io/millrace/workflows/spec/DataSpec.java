package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.millrace.workflows.ref.Checks;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the data comes from and what is known about it.
 *
 * @param target the column that is learned
 * @param positive the target's value that is predicted as 1 (binary); null takes the greater of the
 *     two values
 * @param favourable the target's value that is good for the person; null when not said
 * @param id the column that names a row; null for none. Not a feature
 * @param time the column of the row's time; null for none. Not a feature
 * @param exclude columns that are not features
 * @param columns declared types by column ({@code number}, {@code category}); the rest is inferred
 * @param derive columns made from the source's, by name: an SQL expression each
 * @param forecast of a forecast; null for other tasks
 * @param recommend of a recommender; null for other tasks
 * @param image of pictures; null for other tasks
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record DataSpec(
    SourceSpec source,
    String target,
    @Nullable String positive,
    @Nullable String favourable,
    @Nullable String id,
    @Nullable String time,
    List<String> exclude,
    Map<String, ColumnType> columns,
    SplitSpec split,
    List<ExpectationSpec> expectations,
    PrivacySpec privacy,
    Map<String, String> derive,
    @Nullable ForecastSpec forecast,
    @Nullable RecommendSpec recommend,
    @Nullable ImageSpec image) {
  public DataSpec {
    exclude = Checks.list(exclude);
    columns = columns == null ? Map.of() : Map.copyOf(columns);
    expectations = Checks.list(expectations);
    derive = derive == null ? Map.of() : Map.copyOf(derive);
  }

  /** A table as it is. */
  public DataSpec(
      SourceSpec source,
      String target,
      @Nullable String positive,
      @Nullable String favourable,
      @Nullable String id,
      @Nullable String time,
      List<String> exclude,
      Map<String, ColumnType> columns,
      SplitSpec split,
      List<ExpectationSpec> expectations,
      PrivacySpec privacy) {
    this(
        source,
        target,
        positive,
        favourable,
        id,
        time,
        exclude,
        columns,
        split,
        expectations,
        privacy,
        Map.of(),
        null,
        null,
        null);
  }
}
