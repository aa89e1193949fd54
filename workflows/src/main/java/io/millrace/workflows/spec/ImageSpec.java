package io.millrace.workflows.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * Size of the pictures and where they are. Each becomes {@code height x width x channels} number
 * columns, 0..255, row by row, the channels of a pixel side by side.
 *
 * @param channels 1 for grey, 3 for red, green, blue
 * @param fit what becomes of a picture of another size
 * @param paths the column that holds the pictures' paths, relative to the table; null for none
 * @param pixels the column that holds the pixels as numbers with blanks between; null for none.
 *     With neither, and a table, the features are the pixels
 */
@JsonNaming(PropertyNamingStrategies.KebabCaseStrategy.class)
public record ImageSpec(
    int height, int width, int channels, Fit fit, @Nullable String paths, @Nullable String pixels) {
  /** What becomes of a picture of another size. */
  public enum Fit {
    @JsonProperty("refuse")
    REFUSE,
    @JsonProperty("resize")
    RESIZE
  }

  /** Number columns of one picture. */
  public int size() {
    return height * width * channels;
  }
}
