package io.millrace.workflows.spec;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The labelled rows of a model's prediction log: {@code data.id} is the entity, {@code data.time}
 * the prediction's time, {@code data.target} the label, and features keep their names.
 *
 * @param last how long before the newest prediction; null takes all
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record PredictionsSpec(String model, @Nullable Duration last) {}
