package io.millrace.activities.data;

import io.millrace.workflows.spec.SourceSpec;
import io.millrace.workflows.wire.PayloadJson;
import java.util.Map;

/** Sources by the keys that people write, for tests. */
final class SourceSpecs {
  private SourceSpecs() {}

  /** What is not named is as it is when a spec does not name it. */
  static SourceSpec of(Map<String, ?> keys) {
    return PayloadJson.mapper().convertValue(keys, SourceSpec.class);
  }
}
