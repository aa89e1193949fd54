package io.millrace.activities.watch;

/** How a check's page looks, beside what all pages have. */
final class DriftStyle {
  static final String CSS =
      """
      :root{--ref:#b8c4d2;--cur:#d1495b}
      @media(prefers-color-scheme:dark){:root{--ref:#4b5a6b;--cur:#ff8a80}}
      .DRIFTED.pill{background:var(--bad-bg);color:var(--bad)}
      .STABLE.pill{background:var(--good-bg);color:var(--good)}
      .NO_DATA.pill,.NO_MODEL.pill{background:var(--warn-bg);color:var(--warn)}
      ul.say{list-style:none;padding:0;margin:.75rem 0}
      ul.say li{display:grid;grid-template-columns:7rem 1fr;gap:.9rem;padding:.45rem 0;
        border-bottom:1px solid var(--line);align-items:baseline}
      ul.say .pill{justify-self:start}
      .col{display:grid;grid-template-columns:300px 1fr;gap:1.25rem;align-items:start}
      .col p{max-width:none}
      @media(max-width:46rem){.col{grid-template-columns:1fr}
        ul.say li{grid-template-columns:1fr;gap:.2rem}}
      .chart svg{display:block;max-width:100%}
      svg text{font:10px system-ui,sans-serif;fill:var(--muted)}
      .ref{fill:var(--ref)}.cur{fill:none;stroke:var(--cur);stroke-width:1.6}
      .cur-bar{fill:var(--cur)}
      .key i.box{height:.7rem}
      i.box.DRIFTED{background:var(--bad)}i.box.STABLE{background:var(--good)}
      i.box.NO_DATA{background:var(--warn)}
      .time{width:100%;min-width:36rem;border-bottom:1px solid var(--line)}
      .time rect{opacity:.55}
      .time rect.DRIFTED{fill:var(--bad)}.time rect.STABLE{fill:var(--good)}
      .time rect.NO_DATA,.time rect.NO_MODEL{fill:var(--warn)}
      .time .line{fill:none;stroke:var(--ink);stroke-width:1.5}.time .came{fill:var(--ink)}
      .time .then{stroke:var(--accent);stroke-dasharray:3 3}
      .when{white-space:nowrap}
      .heat td,.heat th{padding:.25rem .5rem;font-size:.85rem}
      .heat .hit{background:var(--bad-bg);color:var(--bad);font-weight:600}
      summary{cursor:pointer;font-weight:600;padding:.5rem 0}
      """;

  private DriftStyle() {}
}
