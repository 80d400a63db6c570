"""How the report looks: light or dark as the reader's system is, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ground: #f6f7f9; --box: #fff; --ink: #1c2430; --soft: #5b6675; --rule: #dfe3e8;
  --main: #2563a8; --good: #2e7d4f; --warn: #96610f; --bad: #c0392b; --area: .16; }
@media screen and (prefers-color-scheme: dark) { :root { --ground: #14181d; --box: #1d232a; --ink: #e4e8ed;
  --soft: #9aa5b1; --rule: #333c46; --main: #6aa9ec; --good: #5dbb86; --warn: #dfa94a; --bad: #ec7063; --area: .22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 24px; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header { margin-bottom: 16px; }
h1 { margin: 0 0 4px; font-size: 26px; overflow-wrap: anywhere; }
h2 { margin: 0 0 10px; font-size: 15px; }
p { margin: 4px 0; color: var(--soft); overflow-wrap: anywhere; }
a { color: var(--main); text-decoration: none; } a:hover { text-decoration: underline; }
.badge { display: inline-block; padding: 2px 10px; border-radius: 99px; color: var(--box); font-weight: 600; }
.badge.good { background: var(--good); } .badge.warn { background: var(--warn); } .badge.bad { background: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 14px 0; }
.tiles div { padding: 10px 14px; background: var(--box); border: 1px solid var(--rule); border-radius: 8px; }
.tiles b { display: block; font-size: 17px; font-variant-numeric: tabular-nums; } .tiles span { color: var(--soft); }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px; align-items: start; }
section { padding: 14px 16px; overflow-x: auto;
  background: var(--box); border: 1px solid var(--rule); border-radius: 8px; }
section.wide { grid-column: 1 / -1; }
table { width: 100%; border-collapse: collapse; } table.narrow .number { width: 1%; }
th { text-align: left; color: var(--soft); font-weight: 500; }
th, td { padding: 3px 8px 3px 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: anywhere; }
tbody tr:last-child td { border-bottom: 0; }
th:first-child:not(.number), td:first-child:not(.number) { min-width: 9em; }
.number { text-align: right; padding-left: 12px; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; } th.number { overflow-wrap: normal; }
td.bar { width: 36%; } td.bar i { display: block; height: 11px; margin-top: 4px; border-radius: 2px; min-width: 1px;
  background: var(--main); }
i.good, i.bad, i.warn, td.bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
td.bar i.bad { background: var(--bad); } td.bar i.warn { background: var(--warn); }
.stack { display: flex; height: 16px; margin-bottom: 8px; border-radius: 4px; overflow: hidden; }
.stack i.good, .legend i.good { background: var(--good); } .stack i.bad, .legend i.bad { background: var(--bad); }
.stack i.warn, .legend i.warn { background: var(--warn); } .stack i.main, .legend i.main { background: var(--main); }
.stack i.soft, .legend i.soft { background: var(--soft); }
.legend span { margin-right: 14px; } .legend i { display: inline-block; width: 11px; height: 11px; margin-right: 5px;
  border-radius: 2px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; } svg .grid { stroke: var(--rule); }
polyline { fill: none; stroke-width: 1.6; } polyline.main { stroke: var(--main); } polyline.bad { stroke: var(--bad); }
polyline.warn { stroke: var(--warn); } polygon.area { stroke: none; opacity: var(--area); }
polygon.main { fill: var(--main); } polygon.bad { fill: var(--bad); } rect.fill { fill: var(--main); }
.up { color: var(--good); } .down { color: var(--bad); }
pre { margin: 0; overflow-x: auto; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
@media (max-width: 760px) { main { grid-template-columns: minmax(0, 1fr); } body { padding: 12px; }
  .number { padding-left: 4px; } td.number:last-child { white-space: normal; } }
@media print { body { max-width: none; padding: 0; background: #fff; font-size: 11px; }
  main { grid-template-columns: repeat(2, minmax(0, 1fr)); } .tiles { grid-template-columns: repeat(5, 1fr); }
  section { overflow: visible; } section:has(svg) { grid-column: 1 / -1; }
  section, .tiles div, tr { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } pre { columns: 3; font-size: 9px; } }
"""
