"""The look of a report: light or dark as the reader's system is, and fit to be printed."""

STYLE = """
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b2027; --quiet: #566070; --edge: #dfe3e9; --grid: #e8ebf0;
  --gain: #12805c; --loss: #c0394b; --accent: #2563c9; --held: #8a6d1f; --warn: #9a6700;
  --band: rgba(37, 99, 201, .20); --fall: rgba(192, 57, 75, .20);
  --run0: #2563c9; --run1: #b45309; --run2: #12805c; --run3: #9333a8; --run4: #c0394b; --run5: #0e7490; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12151a; --card: #1a1e25; --text: #e6e9ef; --quiet: #9aa5b4; --edge: #2b313b; --grid: #272d37;
  --gain: #35c495; --loss: #f2707f; --accent: #6ea8ff; --held: #d8b450; --warn: #e0a93f;
  --band: rgba(110, 168, 255, .24); --fall: rgba(242, 112, 127, .24);
  --run0: #6ea8ff; --run1: #f0a860; --run2: #35c495; --run3: #cf8ae6; --run4: #f2707f; --run5: #4cc4dd; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 14px/1.5 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 2px; } h2 { font-size: 16px; margin: 0 0 10px; }
h3 { font-size: 14px; margin: 16px 0 6px; }
p { margin: 0 0 8px; } .quiet { color: var(--quiet); }
section, .cards > div { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; }
section { padding: 16px 18px; margin-top: 14px; overflow-x: auto; }
.cards { display: grid; grid-template-columns: repeat(5, 1fr); gap: 10px; margin-top: 16px; }
.cards > div { padding: 10px 12px; } .cards b { display: block; font-size: 19px; font-weight: 600; }
.cards span { color: var(--quiet); font-size: 12px; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 26px; }
.two > * { min-width: 0; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 4px 8px; text-align: right; border-bottom: 1px solid var(--edge); white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; position: sticky; top: 0; background: var(--card); }
th:first-child, td:first-child, td.word, th.word { text-align: left; }
td.long { white-space: normal; overflow-wrap: anywhere; text-align: left; }
.heat td { text-align: center; border: 2px solid var(--card); border-radius: 6px; min-width: 58px; }
.heat td:first-child, .heat th { text-align: center; }
.scroll { max-height: 520px; overflow: auto; }
details { border-bottom: 1px solid var(--edge); padding: 4px 0; }
summary { cursor: pointer; display: flex; justify-content: space-between; gap: 12px; }
summary::before { content: "▸"; color: var(--quiet); } details[open] > summary::before { content: "▾"; }
summary > span:first-of-type { flex: 1; }
details > div { padding: 4px 0 8px 18px; color: var(--quiet); }
.verdict { display: grid; grid-template-columns: 110px 170px 1fr; gap: 10px; padding: 6px 0;
  border-top: 1px solid var(--edge); }
.verdict ul { margin: 4px 0 0; padding-left: 18px; color: var(--quiet); }
.level { font-weight: 600; } .good .level { color: var(--gain); } .bad .level { color: var(--loss); }
.warning .level { color: var(--warn); } .unknown .level { color: var(--quiet); }
.legend { display: flex; gap: 18px; flex-wrap: wrap; color: var(--quiet); font-size: 12px; }
.legend i { display: inline-block; width: 18px; height: 3px; margin-right: 6px; vertical-align: middle; }
svg { width: 100%; height: auto; display: block; }
svg .grid { stroke: var(--grid); stroke-width: 1; } svg .zero { stroke: var(--quiet); stroke-width: 1; opacity: .7; }
svg .tick { fill: var(--quiet); font-size: 12px; } svg .line { fill: none; stroke-width: 1.6; }
svg .equity { stroke: var(--accent); } svg .held { stroke: var(--held); stroke-dasharray: 5 4; }
svg .falling { stroke: var(--loss); stroke-width: 1.2; } svg .area { stroke: none; }
svg .run0 { stroke: var(--run0); } svg .run1 { stroke: var(--run1); } svg .run2 { stroke: var(--run2); }
svg .run3 { stroke: var(--run3); } svg .run4 { stroke: var(--run4); } svg .run5 { stroke: var(--run5); }
td.best { color: var(--gain); font-weight: 600; } .scroll.whole { max-height: none; }
svg .band { fill: var(--band); } svg .fall { fill: var(--fall); }
svg rect.gain { fill: var(--gain); } svg rect.loss { fill: var(--loss); }
@media (max-width: 900px) { .cards { grid-template-columns: repeat(2, 1fr); }
  .two { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 700px) { .verdict { grid-template-columns: auto 1fr; gap: 2px 10px; }
  .verdict > :nth-child(3) { grid-column: 1 / -1; } svg { min-width: 620px; } }
@media print { body { background: #fff; } section { break-inside: avoid; } .scroll { max-height: none; } }
"""
