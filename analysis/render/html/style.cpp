#include "analysis/render/html/sections.hpp"

namespace msgstat::analysis::html {
namespace {

// Okabe and Ito's colours by family of system calls; in the dark each a little lighter. Arms have
// colours of their own, told apart by lightness too.
constexpr Literal kColors = R"css(
:root {
  --page: #fdfdfc; --panel: #f5f5f2; --ink: #1b1f24; --soft: #59626c; --line: #dfe2e5;
  --strong-line: #9aa3ac; --accent: #0b5fa5; --alarm: #b3430a;
  --receive: #0072b2; --send: #56b4e9; --wait: #e69f00; --control: #cc79a7; --lock: #d55e00;
  --memory: #009e73; --other: #8a929b; --rest: #c3c8cd;
  --user: #3f4c5a; --kernel: #9fb0c0; --waiting: #e2c044;
  --arm-0: #6b7580; --arm-1: #6a3fb0; --arm-2: #00857c; --arm-3: #b0741a;
  --on-dark: #ffffff; --on-light: #14181c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #13171b; --panel: #1c2126; --ink: #e9ecef; --soft: #a3adb7; --line: #2e353c;
    --strong-line: #69737e; --accent: #79b8ee; --alarm: #f59a63;
    --receive: #3f9bd8; --send: #8ccdf3; --wait: #f0b53c; --control: #dd9fc1; --lock: #ee7d33;
    --memory: #2db892; --other: #8d97a1; --rest: #4a535c;
    --user: #b7c3cf; --kernel: #64788c; --waiting: #d9bb4a;
    --arm-0: #9aa5b0; --arm-1: #b292ee; --arm-2: #3fc4ba; --arm-3: #e0a652;
    --on-dark: #0d1013; --on-light: #0d1013;
  }
}
)css";

constexpr Literal kText = R"css(
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue",
    Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
header, main, nav { max-width: 1104px; margin: 0 auto; padding: 0 32px; }
header { padding-top: 48px; }
.eyebrow { margin: 0; color: var(--accent); font-weight: 650; letter-spacing: .02em; }
h1 { margin: 4px 0 12px; font-size: 36px; line-height: 1.15; letter-spacing: -.02em;
  font-weight: 700; overflow-wrap: anywhere; }
h2 { margin: 0 0 6px; font-size: 24px; line-height: 1.25; letter-spacing: -.01em; }
h3 { margin: 28px 0 2px; font-size: 17px; overflow-wrap: anywhere; }
h4 { margin: 6px 0; font-size: 16px; line-height: 1.35; overflow-wrap: anywhere; }
section { padding: 36px 0 4px; scroll-margin-top: 40px; }
p { margin: 0 0 10px; max-width: 76ch; overflow-wrap: anywhere; }
.facts { margin: 0 0 14px; padding: 0; color: var(--soft); font-size: 14.5px; }
.facts li { display: inline; }
.facts li + li::before { content: " · "; }
pre, code { font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0; }
.command { padding: 12px 16px; border-radius: 8px; background: var(--panel);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.unfinished { margin-top: 12px; color: var(--alarm); font-weight: 600; }
nav { position: sticky; top: 0; z-index: 1; margin-top: 20px; padding-top: 8px;
  padding-bottom: 8px; background: var(--page); border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; gap: 0 18px; white-space: nowrap; font-size: 14px; }
a { color: var(--accent); text-underline-offset: 3px; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 16px; top: 12px; z-index: 2; padding: 6px 12px; background: var(--page); }
.absent { color: var(--soft); }
.reading { margin-bottom: 6px; }
figure { margin: 0 0 16px; }
details { margin: 6px 0 0; font-size: 14.5px; }
summary { width: fit-content; cursor: pointer; color: var(--soft); padding: 2px 0; }
summary:hover { color: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; margin: 6px 0 4px; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; white-space: nowrap; }
th, td { padding: 5px 0 5px 22px; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); border-bottom-color: var(--strong-line); vertical-align: bottom; }
tbody th, thead th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 600; }
#summary table { width: 100%; }
)css";

constexpr Literal kSections = R"css(
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 8px; max-width: none;
  font-size: 13.5px; color: var(--soft); }
.entry { display: inline-flex; align-items: center; gap: 6px; }
.swatch { flex: none; }
.findings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr));
  gap: 16px; margin: 10px 0; align-items: start; }
.finding { padding: 16px 18px; border-radius: 10px; background: var(--panel); font-size: 14.5px; }
.head { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; margin: 0;
  font-size: 13px; color: var(--soft); }
.severity { font-weight: 700; }
.severity::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 6px;
  border-radius: 50%; background: currentColor; }
.high { color: var(--lock); } .medium { color: var(--wait); }
.low { color: var(--receive); } .info { color: var(--other); }
.only { padding: 0 8px; border-radius: 9px; border: 1px solid var(--arm-1); color: var(--arm-1); }
.evidence { margin: 10px 0; }
.evidence div { display: flex; justify-content: space-between; gap: 16px; padding: 2px 0;
  border-bottom: 1px solid var(--line); font-size: 13.5px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
p.try { margin: 8px 0 2px; font-weight: 650; }
ul.try { margin: 0; padding-left: 18px; overflow-wrap: anywhere; }
.conditions > div { display: grid; grid-template-columns: 150px 1fr; gap: 4px 20px; padding: 8px 0;
  border-bottom: 1px solid var(--line); font-size: 14.5px; }
.conditions ul { margin: 0; padding-left: 18px; }
@media (max-width: 640px) {
  header, main, nav { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 28px; }
  nav { position: static; }
  h1 { font-size: 28px; }
  .conditions > div { grid-template-columns: 1fr; }
}
)css";

constexpr Literal kPictures = R"css(
.plot { overflow-x: auto; }
svg.wide { display: block; width: 100%; min-width: 760px; max-width: 1040px; height: auto; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(186px, 1fr)); gap: 14px 8px;
  margin-top: 8px; }
svg.panel { display: block; width: 100%; height: auto; }
svg text { font-size: 13px; fill: var(--ink); }
svg .tick { font-size: 12px; fill: var(--soft); }
svg .small { font-size: 12px; }
svg .tick.small { font-size: 10.5px; }
svg .strong, svg .name { font-weight: 650; }
svg .value { font-size: 13px; }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .on { font-size: 12px; fill: var(--on-dark); pointer-events: none; fill-opacity: 1; }
svg .on.send, svg .on.wait, svg .on.control, svg .on.rest, svg .on.kernel, svg .on.waiting,
svg .on.other, svg .on.memory, svg .on.lock { fill: var(--on-light); }
svg .on.shade-1, svg .on.shade-2, svg .on.shade-3 { fill: var(--ink); }
svg .changed { fill: var(--alarm); font-weight: 650; }
svg .halo { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
svg .halo.small { fill: var(--soft); }
.grid { stroke: var(--line); } .rule { stroke: var(--line); }
.zero { stroke: var(--strong-line); }
.stem { stroke: var(--line); stroke-width: 2; }
.margin { fill: var(--panel); }
.receive { fill: var(--receive); } .send { fill: var(--send); } .wait { fill: var(--wait); }
.control { fill: var(--control); } .lock { fill: var(--lock); } .memory { fill: var(--memory); }
.other { fill: var(--other); } .rest { fill: var(--rest); }
.user { fill: var(--user); } .kernel { fill: var(--kernel); } .waiting { fill: var(--waiting); }
.shade-1 { fill-opacity: .66; } .shade-2 { fill-opacity: .44; } .shade-3 { fill-opacity: .28; }
rect.call:hover, rect.mode:hover, .flow:hover { stroke: var(--ink); stroke-width: 1.5; }
rect.arm-0, text.arm-0 { fill: var(--arm-0); } rect.arm-1, text.arm-1 { fill: var(--arm-1); }
rect.arm-2, text.arm-2 { fill: var(--arm-2); } rect.arm-3, text.arm-3 { fill: var(--arm-3); }
.run { fill-opacity: .5; stroke-width: 1.2; }
circle.arm-0 { fill: var(--arm-0); stroke: var(--arm-0); }
circle.arm-1 { fill: var(--arm-1); stroke: var(--arm-1); }
circle.arm-2 { fill: var(--arm-2); stroke: var(--arm-2); }
circle.arm-3 { fill: var(--arm-3); stroke: var(--arm-3); }
.run:hover, .knot:hover { fill-opacity: 1; stroke: var(--ink); stroke-width: 2; }
.outlier { fill-opacity: 0; }
line.arm-0, path.arm-0 { stroke: var(--arm-0); } line.arm-1, path.arm-1 { stroke: var(--arm-1); }
line.arm-2, path.arm-2 { stroke: var(--arm-2); } line.arm-3, path.arm-3 { stroke: var(--arm-3); }
.interval { stroke-width: 7; stroke-opacity: .3; }
.mean { stroke: var(--ink); stroke-width: 2; }
line.ratio { stroke-width: 4; stroke-linecap: round; }
line.same { stroke: var(--strong-line); } line.changed { stroke: var(--alarm); }
circle.same { fill: var(--strong-line); } circle.changed { fill: var(--alarm); }
.curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.ghost { stroke: var(--rest); stroke-width: 1; stroke-opacity: .6; }
.node { fill: var(--soft); }
.flow { fill-opacity: .3; } .flow.shade-1 { fill-opacity: .22; }
.flow.shade-2 { fill-opacity: .16; } .flow.shade-3 { fill-opacity: .12; }
.flow:hover { fill-opacity: .6; stroke: none; }
)css";

constexpr Literal kPrint = R"css(
@media print {
  @page { margin: 14mm; }
  body { font-size: 11pt; background: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  section { padding-top: 18pt; }
  h2, h3 { break-after: avoid; }
  svg, .finding, tr { break-inside: avoid; }
  .plot, .scroll { overflow: visible; }
  svg.wide { min-width: 0; }
  summary { display: none; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  table { font-size: 8.5pt; }
  th, td { padding-left: 10px; white-space: normal; }
  caption { white-space: normal; }
}
)css";

}  // namespace

Markup style_sheet() {
  Markup sheet;
  for (const Literal& part : {kColors, kText, kSections, kPictures, kPrint})
    sheet += verbatim(part);
  return sheet;
}

}  // namespace msgstat::analysis::html
