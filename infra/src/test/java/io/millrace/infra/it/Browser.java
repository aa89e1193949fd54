package io.millrace.infra.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Chromium driven through chromedriver, in the W3C WebDriver protocol: the few calls a page with
 * forms needs. Every look at the page waits until what is looked for is there.
 */
final class Browser implements AutoCloseable {
  /** How long a page may take on a machine that does something else as well. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

  /** Keys as the protocol spells them. */
  static final String CONTROL_A = "\uE009a\uE000";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Process driver;
  private final String session;
  private final Path screenshots;

  /**
   * @param screenshots folder that is made when it is missing
   */
  Browser(Path screenshots) throws IOException {
    this.screenshots = Files.createDirectories(screenshots);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    driver =
        new ProcessBuilder(onPath("chromedriver"), "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(screenshots.resolve("chromedriver.log").toFile())
            .start();
    String base = "http://127.0.0.1:" + port;
    try {
      until("chromedriver", () -> ready(base), ready -> ready);
      Map<String, Object> chrome =
          Map.of(
              "binary",
              onPath("chromium"),
              "args",
              // root and containers have no sandbox; the rest keeps it from asking the network
              List.of(
                  "--headless=new",
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-dev-shm-usage",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                  "--no-first-run",
                  "--window-size=1300,1200"));
      Map<String, Object> asked = Map.of("browserName", "chrome", "goog:chromeOptions", chrome);
      JsonNode value =
          send("POST", base + "/session", Map.of("capabilities", Map.of("alwaysMatch", asked)));
      session = base + "/session/" + value.path("sessionId").asText();
    } catch (RuntimeException e) {
      driver.destroy();
      throw e;
    }
  }

  void open(String url) {
    post("/url", Map.of("url", url));
  }

  String address() {
    return get("/url").asText();
  }

  /**
   * Clicks the visible element of this CSS selector that holds the text, when it can be clicked.
   */
  void click(String selector, String text) {
    until(
        selector + " " + text + " to click",
        () -> {
          String element = visible(selector, text);
          if (element == null) {
            return false;
          }
          try {
            post("/element/" + element + "/click", Map.of());
            return true;
          } catch (Refused moved) {
            return false; // covered, moved or replaced: look again
          }
        },
        done -> done);
  }

  /** Replaces what stands in the field. */
  void type(String selector, String text) {
    click(selector, "");
    keys(CONTROL_A);
    keys(text);
  }

  /** Sends keys to whatever has the focus. */
  void keys(String text) {
    JsonNode active = get("/element/active");
    post("/element/" + active.path(ELEMENT).asText() + "/value", Map.of("text", text));
  }

  /** Puts text where the cursor is, as a paste does: nothing completes or indents it. */
  void paste(String text) {
    post("/goog/cdp/execute", Map.of("cmd", "Input.insertText", "params", Map.of("text", text)));
  }

  /** The Temporal UI's own key for fresh data. */
  void refresh() {
    try {
      keys("r");
    } catch (Refused busy) {
      // the page is being replaced; the next look asks again
    }
  }

  /** Whether a visible element of this selector holds the text. */
  boolean shows(String selector, String text) {
    return visible(selector, text) != null;
  }

  /** What a script returns, as text; empty when it throws because the page is not there yet. */
  String script(String body) {
    try {
      return post("/execute/sync", Map.of("script", body, "args", List.of())).asText("");
    } catch (Refused notYet) {
      return "";
    }
  }

  /** Saves what is seen as {@code <name>.png}. */
  Path screenshot(String name) {
    try {
      return Files.write(
          screenshots.resolve(name + ".png"),
          Base64.getDecoder().decode(get("/screenshot").asText()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Looks again until it is as it should be, and says what it was otherwise. */
  static <T> T until(String what, Supplier<T> look, Predicate<T> good) {
    return until(what, PATIENCE, look, good);
  }

  static <T> T until(String what, Duration patience, Supplier<T> look, Predicate<T> good) {
    Instant end = Instant.now().plus(patience);
    T seen = look.get();
    while (!good.test(seen)) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(
            what + ": not after " + patience.toSeconds() + " s; last seen: " + seen);
      }
      try {
        Thread.sleep(150);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      seen = look.get();
    }
    return seen;
  }

  @Override
  public void close() {
    try {
      send("DELETE", session, null);
    } catch (Refused gone) {
      // the driver ends its browser with itself
    }
    driver.destroy();
  }

  private String visible(String selector, String text) {
    String body =
        "const [selector, text] = arguments;"
            + "return [...document.querySelectorAll(selector)].find(e => e.checkVisibility()"
            + " && !e.disabled && (e.textContent || '').includes(text)) || null;";
    try {
      JsonNode found =
          post("/execute/sync", Map.of("script", body, "args", List.of(selector, text)));
      return found.hasNonNull(ELEMENT) ? found.path(ELEMENT).asText() : null;
    } catch (Refused between) {
      return null; // the page is being replaced
    }
  }

  private boolean ready(String base) {
    try {
      return send("GET", base + "/status", null).path("ready").asBoolean();
    } catch (Refused | IllegalStateException notYet) {
      return false;
    }
  }

  private JsonNode get(String path) {
    return send("GET", session + path, null);
  }

  private JsonNode post(String path, Object body) {
    return send("POST", session + path, body);
  }

  private JsonNode send(String method, String url, Object body) {
    try {
      HttpRequest.BodyPublisher publisher =
          body == null
              ? HttpRequest.BodyPublishers.noBody()
              : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
      HttpResponse<byte[]> response =
          http.send(
              HttpRequest.newBuilder(URI.create(url))
                  .timeout(Duration.ofSeconds(60))
                  .method(method, publisher)
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      JsonNode value = JSON.readTree(response.body()).path("value");
      if (response.statusCode() != 200) {
        throw new Refused(value.path("error").asText() + ": " + value.path("message").asText());
      }
      return value;
    } catch (IOException e) {
      throw new IllegalStateException(method + " " + url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String onPath(String command) {
    Path found = find(command);
    if (found == null) {
      throw new IllegalStateException(
          command
              + ": not found (expected: on the PATH, such as by apt-get install chromium"
              + " chromium-driver; infra/millrace verify gets it)");
    }
    return found.toString();
  }

  private static Path find(String command) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path file = Path.of(folder, command);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  /** What the driver says no to. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}
