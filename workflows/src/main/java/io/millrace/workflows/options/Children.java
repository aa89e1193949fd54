package io.millrace.workflows.options;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.common.SearchAttributes;
import io.temporal.workflow.ChildWorkflowOptions;

/** Options of child workflows; what happens to a child when its parent ends is always said. */
public final class Children {
  private Children() {}

  /**
   * A child that works for its parent only. When the parent closes, even by termination, the child
   * is asked to cancel, not terminated: it still ends its nodes, or moves traffic back.
   *
   * @param summary what the UI shows beside the id
   */
  public static ChildWorkflowOptions bound(String workflowId, String model, String summary) {
    return options(workflowId, model, summary)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .build();
  }

  /** A child that lives on when its parent continues as new or ends. */
  public static ChildWorkflowOptions abandoned(String workflowId, String model, String summary) {
    return options(workflowId, model, summary)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
        .build();
  }

  /** What the server takes: 400 bytes as JSON; 100 characters stay under it in any script. */
  static String summary(String text) {
    return text.length() <= 100 ? text : text.substring(0, 99) + "…";
  }

  private static ChildWorkflowOptions.Builder options(
      String workflowId, String model, String summary) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(workflowId)
        .setStaticSummary(summary(summary))
        .setTypedSearchAttributes(
            SearchAttributes.newBuilder()
                .set(io.millrace.workflows.options.SearchAttributes.MODEL, model)
                .build());
  }
}
