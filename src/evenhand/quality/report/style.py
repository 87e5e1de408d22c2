"""How the page looks, in light and in dark."""

STYLE = """
:root { color-scheme: light dark;
  --surface: #fcfcfb; --card: #f4f3f0; --ink: #0b0b0b; --soft: #52514e; --line: #dedcd6;
  --mark: #2a78d6; --bar: #a9a79f; --on-mark: #ffffff; --warn: #b4441c; }
@media (prefers-color-scheme: dark) { :root {
  --surface: #1a1a19; --card: #262624; --ink: #ffffff; --soft: #c3c2b7; --line: #3d3c38;
  --mark: #3987e5; --bar: #6b6a64; --on-mark: #ffffff; --warn: #f0875f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--surface);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; color: var(--soft); max-width: 46rem;
  overflow-wrap: anywhere; }
table + p { margin-top: .75rem; }
bdi, text { unicode-bidi: isolate; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.75rem, 1fr));
  gap: .75rem; margin: 1.25rem 0 0; padding: 0; }
.figure { background: var(--card); border-radius: 10px; padding: .8rem 1rem; }
.figure dt { color: var(--soft); font-size: .85rem; }
.figure dd { margin: 0; }
.figure .value { font-size: 1.6rem; font-weight: 600; line-height: 1.25; }
.figure .range, .figure .note { color: var(--soft); font-size: .8rem; line-height: 1.35; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
svg .tick, svg .axis, svg .words { fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .whisker { stroke: var(--mark); stroke-width: 2; stroke-opacity: .5; stroke-linecap: round; }
svg .mark { fill: var(--mark); stroke: var(--surface); stroke-width: 1.5; }
svg .path { fill: none; stroke: var(--mark); stroke-width: 2; stroke-linejoin: round; }
svg .heat, svg .chosen { fill: var(--mark); }
svg .bar { fill: var(--bar); }
svg .light { fill: var(--on-mark); }
.wide { overflow-x: auto; }
.wide > svg { min-width: 34rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; }
details { margin: .5rem 0; }
summary { color: var(--soft); cursor: pointer; font-size: .875rem; }
.findings { list-style: none; margin: .5rem 0; padding: 0; }
.findings li { border-left: 3px solid var(--warn); padding: .1rem 0 .1rem .8rem;
  margin: .6rem 0; overflow-wrap: anywhere; }
.findings .chance { color: var(--soft); font-size: .85rem; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } }
"""
