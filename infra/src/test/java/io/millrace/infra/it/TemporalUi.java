package io.millrace.infra.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** The pages of the Temporal UI that a person uses to run a pipeline, as that person sees them. */
final class TemporalUi {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How long a run's step may take: seconds, but minutes where everything else is tested too. */
  private static final Duration STEP = Duration.ofMinutes(4);

  private static final String EDITOR = ".cm-content";

  private final Browser browser;
  private final String workflows;

  TemporalUi(Browser browser, int port) {
    this.browser = browser;
    workflows = "http://127.0.0.1:" + port + "/namespaces/default/workflows";
  }

  /** Fills the form that starts a workflow, and waits for the page that says it has started. */
  void start(String workflowId, String type, Map<String, ?> input) {
    browser.open(workflows + "/start-workflow");
    browser.type("[data-testid=workflowId]", workflowId);
    browser.type("[data-testid=taskQueue]", "millrace");
    browser.type("[data-testid=workflowType]", type);
    browser.click(EDITOR, "");
    browser.paste(json(input));
    // the editor lays its text out anew when it is left, and moves the button
    browser.click("[data-testid=workflowType]", "");
    browser.screenshot(workflowId + "-form");
    browser.click("[data-testid=start-workflow-button]", "Start Workflow");
    Browser.until(
        workflowId + " has started",
        () -> browser.shows("body", "Workflow started successfully"),
        shown -> shown);
  }

  /** The tab with the current details. */
  void openMetadata(String workflowId) {
    String page = workflows + "/" + URLEncoder.encode(workflowId, StandardCharsets.UTF_8);
    browser.open(page);
    Browser.until(workflowId + " opens", browser::address, url -> url.endsWith("/history"));
    browser.click("a", "User Metadata");
    Browser.until(
        workflowId + " shows its metadata",
        browser::address,
        url -> url.endsWith("/user-metadata"));
  }

  /** The current details as they are shown, once all of this is in them. */
  String awaitDetails(String... texts) {
    return Browser.until(
        "details with " + String.join(", ", texts),
        STEP,
        () -> {
          browser.refresh();
          return browser.script(
              "return document.querySelector('iframe[title=output]')"
                  + ".contentDocument.body.innerText;");
        },
        seen -> {
          for (String text : texts) {
            if (!seen.contains(text)) {
              return false;
            }
          }
          return true;
        });
  }

  /** Fills the form behind More Actions, Send an Update, and sends it. */
  void update(String name, Map<String, ?> input) {
    browser.click("button[aria-controls=workflow-actions]", "More Actions");
    browser.click("[role=menuitem]", "Send an Update");
    browser.click("[data-testid=update-select-button]", "");
    browser.click("#update-select-select [role=option]", name);
    browser.click(EDITOR, "");
    browser.paste(json(input));
    browser.click("[data-testid=update-id]", "");
    browser.screenshot("update-" + name);
    browser.click("[data-testid=confirm-modal-button]", "Submit");
  }

  /** What the form of the last update says against it, once it says so. */
  void awaitRefusal(String text) {
    Browser.until(
        "refusal " + text, () -> browser.shows("[role=alert], [role=alertdialog]", text), s -> s);
  }

  private static String json(Map<String, ?> input) {
    try {
      return JSON.writeValueAsString(input);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
