package io.millrace.workflows.options;

import io.temporal.common.SearchAttributeKey;

/** Search attributes of every workflow of ours; {@code up} registers them as Keyword. */
public final class SearchAttributes {
  public static final SearchAttributeKey<String> MODEL =
      SearchAttributeKey.forKeyword("MillraceModel");
  public static final SearchAttributeKey<String> VERSION =
      SearchAttributeKey.forKeyword("MillraceVersion");

  /** Stage of the run; {@code suspended} while it waits after a failure. */
  public static final SearchAttributeKey<String> STAGE =
      SearchAttributeKey.forKeyword("MillraceStage");

  public static final SearchAttributeKey<String> OUTCOME =
      SearchAttributeKey.forKeyword("MillraceOutcome");

  private SearchAttributes() {}
}
