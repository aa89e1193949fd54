package io.millrace.activities.page;

/** One self-contained HTML file: readable on a phone, in the dark, and printed. */
public final class Page {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;
        --ink:#1b1f24;--muted:#5d6670;--line:#dfe3e8;--page:#fbfbfa;--card:#fff;--track:#eef0f3;
        --accent:#1f5fbf;--good:#1a7f4b;--good-bg:#e3f4ea;--bad:#b3261e;--bad-bg:#fbe9e7;
        --warn:#8a5a00;--warn-bg:#fdf1d8;
        --c0:#1f5fbf;--c1:#c2570c;--c2:#1a7f4b;--c3:#8e3fb0;--c4:#a3195b;--c5:#5b6470}
      @media (prefers-color-scheme:dark){:root{
        --ink:#e6e9ed;--muted:#9aa4af;--line:#30363d;--page:#101418;--card:#171c22;--track:#262d35;
        --accent:#7db2ff;--good:#5fd394;--good-bg:#123524;--bad:#ff8a80;--bad-bg:#41201d;
        --warn:#f0bf5c;--warn-bg:#3a2d0e;
        --c0:#7db2ff;--c1:#ffa466;--c2:#5fd394;--c3:#d39bf0;--c4:#ff8fbf;--c5:#a8b1bb}}
      *{box-sizing:border-box}
      html{-webkit-text-size-adjust:100%}
      body{margin:0;background:var(--page);color:var(--ink);
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
        font-variant-numeric:tabular-nums}
      main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
      h1{font-size:1.7rem;line-height:1.25;letter-spacing:-.015em;margin:.4rem 0 1rem;
        text-wrap:balance;overflow-wrap:anywhere}
      h2{font-size:1.15rem;letter-spacing:-.005em;margin:2.75rem 0 .75rem}
      h3{font-size:1rem;margin:1.5rem 0 .5rem}
      p{margin:.5rem 0;max-width:42rem;overflow-wrap:anywhere}
      a{color:var(--accent)}
      .over{color:var(--muted);font-size:.875rem;margin:0}
      .muted{color:var(--muted)}
      .small{font-size:.875rem}
      .pill{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8125rem;
        font-weight:600;white-space:nowrap;background:var(--track);color:var(--muted)}
      .good{background:var(--good-bg);color:var(--good)}
      .bad{background:var(--bad-bg);color:var(--bad)}
      .warn{background:var(--warn-bg);color:var(--warn)}
      .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;
        margin:1.25rem 0}
      .fact{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
        padding:.7rem .9rem;min-width:0}
      .fact dt{color:var(--muted);font-size:.8125rem}
      .fact dd{margin:.1rem 0 0;font-size:1.35rem;font-weight:600;letter-spacing:-.01em;
        overflow-wrap:anywhere}
      .fact small{display:block;font-size:.8125rem;font-weight:400;color:var(--muted);
        letter-spacing:0}
      .scroll{overflow-x:auto;margin:.75rem 0;-webkit-overflow-scrolling:touch}
      table{border-collapse:collapse;width:100%;font-size:.9375rem}
      th{text-align:left;font-weight:600;color:var(--muted);font-size:.8125rem;white-space:nowrap}
      th,td{padding:.45rem .9rem .45rem 0;border-bottom:1px solid var(--line);
        vertical-align:top}
      th:last-child,td:last-child{padding-right:0}
      .n{text-align:right;white-space:nowrap}
      tr.won td{background:var(--good-bg)}
      tr.won td:first-child{box-shadow:-.5rem 0 0 var(--good-bg)}
      tr.won td:last-child{box-shadow:.5rem 0 0 var(--good-bg)}
      code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
        font-size:.875em}
      code{overflow-wrap:anywhere}
      pre{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
        padding:.8rem 1rem;overflow-x:auto;margin:.75rem 0;line-height:1.5}
      .bars{display:grid;grid-template-columns:minmax(5rem,max-content) 1fr max-content;
        gap:.35rem .9rem;align-items:center;font-size:.9375rem;margin:.75rem 0}
      .track{position:relative;height:.7rem;border-radius:.35rem;background:var(--track);
        min-width:3rem}
      .fill{position:absolute;top:0;bottom:0;border-radius:.35rem;background:var(--accent);
        min-width:3px}
      .gate{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
        padding:.9rem 1rem;margin:.75rem 0}
      .gate header{display:flex;flex-wrap:wrap;gap:.3rem .75rem;align-items:baseline;
        justify-content:space-between}
      .gate header b{overflow-wrap:anywhere}
      .gate p{margin:.35rem 0 0}
      .scale{position:relative;height:2.6rem;margin:.7rem .25rem 0}
      .scale .axis{position:absolute;left:0;right:0;top:.75rem;height:2px;background:var(--line)}
      .scale .span{position:absolute;top:.5rem;height:.6rem;border-radius:.3rem;opacity:.45;
        background:currentColor}
      .scale .dot{position:absolute;top:.4rem;width:.8rem;height:.8rem;margin-left:-.4rem;
        border-radius:50%;background:currentColor;border:2px solid var(--card)}
      .scale .mark{position:absolute;top:0;width:2px;height:1.6rem;margin-left:-1px;
        background:var(--ink)}
      .scale span{position:absolute;top:1.55rem;font-size:.75rem;color:var(--muted);
        white-space:nowrap}
      .ok{color:var(--good)}.no{color:var(--bad)}.may{color:var(--warn)}
      .plot{display:grid;grid-template-columns:max-content 1fr;gap:.25rem .6rem;
        font-size:.8125rem;color:var(--muted);margin:.75rem 0}
      .plot svg{grid-column:2;width:100%;height:13rem;border-left:1px solid var(--line);
        border-bottom:1px solid var(--line);overflow:visible}
      .plot .y{display:flex;flex-direction:column;justify-content:space-between;text-align:right}
      .plot .x{grid-column:2;display:flex;justify-content:space-between}
      polyline{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
      .faint{stroke:var(--line);stroke-width:1.2}
      .many{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));
        gap:1rem 1.25rem;margin:.75rem 0}
      .many figure{margin:0;font-size:.8125rem;color:var(--muted);min-width:0}
      .many figcaption{color:var(--ink);overflow-wrap:anywhere}
      .many svg{display:block;width:100%;height:auto;border-left:1px solid var(--line);
        border-bottom:1px solid var(--line)}
      .many circle{fill:var(--accent);opacity:.55}
      .many .best{fill:var(--good);opacity:1}
      .many div{display:flex;justify-content:space-between;gap:1rem}
      .key{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.875rem;margin:.25rem 0}
      .key i{display:inline-block;width:.9rem;height:.2rem;border-radius:.1rem;
        vertical-align:middle;margin-right:.4rem}
      footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);
        color:var(--muted);font-size:.8125rem;overflow-wrap:anywhere}
      @media (max-width:34rem){main{padding:1.5rem 1rem 3rem}h1{font-size:1.35rem}
        .facts{grid-template-columns:1fr 1fr}.fact dd{font-size:1.15rem}
        th,td{padding-right:.7rem}}
      @media print{body{background:#fff}.gate,.fact,pre{break-inside:avoid}}
      """;

  private Page() {}

  /** The whole file, UTF-8. */
  public static String of(String title, Html body) {
    return of(title, "", body);
  }

  /**
   * The same with rules of its own.
   *
   * @param style CSS of ours, after the common rules
   */
  public static String of(String title, String style, Html body) {
    return Html.of(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>%s</title>
            <style>
            %s%s</style>
            </head>
            <body>
            <main>
            %s
            </main>
            </body>
            </html>
            """,
            title, new Html(STYLE), new Html(style), body)
        .markup();
  }
}
