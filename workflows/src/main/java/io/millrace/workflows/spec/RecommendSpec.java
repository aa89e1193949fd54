package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * Who rated what; the target is the rating.
 *
 * @param user the column that names who rated
 * @param item the column that names what was rated
 * @param relevant the least rating that makes an item relevant; null takes the training rows' mean
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record RecommendSpec(String user, String item, @Nullable Double relevant) {}
