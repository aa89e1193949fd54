package io.millrace.activities.page;

import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Markup that is safe to put in a page. Made from templates whose arguments are escaped unless they
 * are markup themselves, so what comes from data cannot become markup.
 *
 * @param markup HTML
 */
public record Html(String markup) {
  public static final Html NONE = new Html("");

  /**
   * Fills a template of ours: each {@code %s} takes the next argument, escaped unless it is {@link
   * Html}; null becomes nothing. {@code %%} is a percent sign.
   */
  public static Html of(String template, @Nullable Object... arguments) {
    Object[] safe = new Object[arguments.length];
    for (int i = 0; i < safe.length; i++) {
      safe[i] = arguments[i] instanceof Html html ? html.markup() : escaped(arguments[i]);
    }
    return new Html(template.formatted(safe));
  }

  /** One after another. */
  public static Html all(Collection<Html> parts) {
    return new Html(parts.stream().map(Html::markup).collect(Collectors.joining("\n")));
  }

  /** One after another. */
  public static Html all(Html... parts) {
    return all(java.util.List.of(parts));
  }

  /** A link to a web address; other schemes, such as {@code javascript:}, stay text. */
  public static Html link(String url) {
    return url.startsWith("http://") || url.startsWith("https://")
        ? of("<a href=\"%s\">%s</a>", url, url)
        : of("%s", url);
  }

  /** A table that scrolls alone when it is wider than the screen. */
  public static Html table(Html head, Collection<Html> rows) {
    return of(
        "<div class=\"scroll\"><table><thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>",
        head, all(rows));
  }

  private static String escaped(@Nullable Object value) {
    String text = value == null ? "" : value.toString();
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < 0x20 && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return out.toString();
  }
}
