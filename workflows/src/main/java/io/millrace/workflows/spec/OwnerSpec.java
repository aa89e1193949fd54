package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/** Who answers for the model. */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record OwnerSpec(@Nullable String team, @Nullable String contact) {}
