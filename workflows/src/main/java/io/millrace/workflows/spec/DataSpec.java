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
    PrivacySpec privacy) {
  public DataSpec {
    exclude = Checks.list(exclude);
    columns = columns == null ? Map.of() : Map.copyOf(columns);
    expectations = Checks.list(expectations);
  }
}
