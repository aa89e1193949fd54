package io.millrace.events.approve;

import io.millrace.workflows.approval.ApprovalLink;
import io.millrace.workflows.pipeline.PipelineStatus.ApprovalState;
import io.millrace.workflows.pipeline.PipelineStatus.Decision;
import org.jspecify.annotations.Nullable;

/** The pages behind a link: plain HTML without scripts, every text of others escaped. */
final class AnswerPage {
  private static final String FRAME =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="robots" content="noindex"><title>%s</title>
      <style>
      body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 1em;color:#1a1a1a}
      label{display:block;margin:1em 0 .2em}input,textarea{font:inherit;width:100%%;box-sizing:border-box;padding:.4em}
      button{font:inherit;margin-top:1.2em;padding:.5em 1.4em}td,th{text-align:left;padding-right:1.5em;vertical-align:top}
      </style></head><body><h1>%s</h1>
      %s</body></html>
      """;

  private AnswerPage() {}

  /** What the link would do, and the form that does it. */
  static String question(
      ApprovalLink link, String runId, ApprovalState waiting, @Nullable String who) {
    StringBuilder body = new StringBuilder();
    body.append("<table>");
    row(body, "Run", runId);
    row(body, "Waits for", waiting.quorum() + " × " + waiting.role());
    row(body, "Until", waiting.expires().toString());
    for (Decision decision : waiting.decisions()) {
      row(
          body,
          decision.who(),
          (decision.accept() ? "yes: " : "no: ") + decision.reason() + " (" + decision.at() + ")");
    }
    // without an action a form goes to the page's own address, which is the link
    body.append("</table><form method=\"post\">");
    if (who == null) {
      body.append("<label for=\"who\">Your name</label>")
          .append("<input id=\"who\" name=\"who\" required maxlength=\"200\">");
    } else {
      body.append("<p>You answer as <b>").append(escaped(who)).append("</b>.</p>");
    }
    body.append("<label for=\"reason\">Why</label>")
        .append("<textarea id=\"reason\" name=\"reason\" required maxlength=\"1000\" rows=\"3\">")
        .append("</textarea><p>What you write is kept in the audit log.</p><button>")
        .append(link.accept() ? "Approve" : "Decline")
        .append("</button></form>\n");
    return page((link.accept() ? "Approve " : "Decline ") + runId, body.toString());
  }

  /** One sentence. */
  static String said(String title, String sentence) {
    return page(title, "<p>" + escaped(sentence) + "</p>\n");
  }

  private static String page(String title, String body) {
    return FRAME.formatted(escaped(title), escaped(title), body);
  }

  private static void row(StringBuilder body, String name, String value) {
    body.append("<tr><th>").append(escaped(name)).append("</th><td>");
    body.append(escaped(value)).append("</td></tr>");
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
