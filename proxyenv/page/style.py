"""How the page looks: on a screen by day and by night, narrow and wide, and on paper.

Nothing here depends on colour alone: each state has a shape and a word. Both themes keep a contrast of 4.5
to 1 for every text (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from typing import Final

_LIGHT: Final = """
--paper:#fbfbf9;--panel:#fff;--ink:#1c2327;--quiet:#566169;--line:#dde1e3;--soft:#f1f3f2;
--ok:#17693f;--ok-soft:#e9f4ee;--warning:#855300;--warning-soft:#fbf2df;
--failed:#b3271e;--failed-soft:#fcedeb;--skipped:#566169;--note:#2a5d8f;--note-soft:#eaf1f8;--accent:#2a5d8f;
"""

_DARK: Final = """
--paper:#14181b;--panel:#1b2024;--ink:#e4e9ec;--quiet:#a0abb3;--line:#323a40;--soft:#22292e;
--ok:#6fcf9d;--ok-soft:#1a2d24;--warning:#edbd6b;--warning-soft:#332a18;
--failed:#ff9a90;--failed-soft:#3a2220;--skipped:#a0abb3;--note:#8fbfee;--note-soft:#1d2b38;--accent:#8fbfee;
"""

_BASE: Final = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.5rem}
h1,h2,h3,h4,p,ul,ol,dl,dd{margin:0;padding:0}
h1{font-size:2.5rem;line-height:1.15;font-weight:650;letter-spacing:-.02em}
h2{font-size:1.25rem;font-weight:650;letter-spacing:-.01em;margin-bottom:.25rem}
h2+article,h2+.calm{margin-top:1rem}
h3{font-size:1rem;font-weight:600}
h4{font-size:1rem;font-weight:600}
.finding>h3,.finding>h4{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
section{margin:3.25rem 0}
ul,ol{list-style:none}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);
outline-offset:2px;
border-radius:4px}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
font-size:.875em;
unicode-bidi:isolate}
code{background:var(--soft);border-radius:4px;padding:.1em .35em;-webkit-box-decoration-break:clone;
box-decoration-break:clone}
a code{color:inherit}
span,strong,th,td,dd,li{unicode-bidi:isolate}
.quiet,.lead{color:var(--quiet)}
.lead{margin-bottom:1.25rem;max-width:46rem}
.kind{color:var(--quiet);font-size:.8125rem;font-weight:600;letter-spacing:.02em}
.unseen{border:1px dashed currentColor;border-radius:3px;padding:0 .2em;font-family:ui-monospace,monospace;
font-size:.8em;unicode-bidi:isolate;direction:ltr}
.symbols{position:absolute}
"""

_SIGNS: Final = """
.sign{width:1em;height:1em;flex:none}
.badge{display:inline-block;font-weight:600;white-space:nowrap}
.badge .sign{vertical-align:-.125em;margin-right:.4em}
.ok{--tone:var(--ok);--tint:var(--ok-soft)}
.failed,.error{--tone:var(--failed);--tint:var(--failed-soft)}
.warning{--tone:var(--warning);--tint:var(--warning-soft)}
.skipped{--tone:var(--skipped);--tint:var(--soft)}
.note{--tone:var(--note);--tint:var(--note-soft)}
.proxied,.direct{--tone:var(--ink);--tint:var(--soft)}
.badge{color:var(--tone)}
.body{fill:var(--tone)}
.mark{fill:none;stroke:var(--panel);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.ring,.open{fill:none;stroke:var(--tone);stroke-width:1.4}
.ring{stroke-dasharray:2.6 2.2}
.ring+.mark{stroke:var(--tone);stroke-width:1.4}
"""

_HEADER: Final = """
header{padding-top:3rem}
.mark-line{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap;color:var(--quiet);
font-size:.875rem;
margin-bottom:2.25rem}
.mark-line strong{color:var(--ink);font-weight:650}
.verdict{display:flex;gap:1.25rem;align-items:flex-start}
.verdict>.sign{width:3.25rem;height:3.25rem;margin-top:.1rem}
.verdict p{font-size:1.125rem;margin-top:.4rem;max-width:46rem}
.next{margin-top:1.75rem;background:var(--tint);border-left:4px solid var(--tone);border-radius:0 8px 8px 0;
padding:.9rem 1.1rem}
.next .kind{display:block;color:var(--tone)}
.next code{background:var(--panel)}
.facts{margin-top:2rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem 2rem;
border-top:1px solid var(--line);padding-top:1.25rem}
.facts dt{color:var(--quiet);font-size:.8125rem;font-weight:600}
.facts dd{font-size:.9375rem}
"""

_WAY: Final = """
.panel,.finding,.certificate,.card{background:var(--panel);border:1px solid var(--line);border-radius:10px}
.panel{padding:1.5rem}
.panel+.panel{margin-top:1rem}
.panel>h3{margin-bottom:1rem}
svg.way{display:block;width:100%;height:auto;font-family:inherit}
.rail{stroke:var(--tone);stroke-width:2;fill:none}
.rail.failed{stroke-width:3}
.rail.warning{stroke-dasharray:10 4}
.rail.skipped,.rail.broken{stroke-dasharray:2 5;stroke-linecap:round}
.broken{--tone:var(--skipped)}
.head{stroke:var(--tone);stroke-width:2;fill:none;stroke-linecap:round;stroke-linejoin:round}
svg.way text{font-size:13px;fill:var(--ink)}
svg.way text.middle{text-anchor:middle}
svg.way text.title{font-weight:600;font-size:14px}
svg.way text.note{fill:var(--quiet)}
svg.way text.label{fill:var(--quiet);font-weight:600}
svg.way text.word{fill:var(--tone);font-weight:600;font-size:14px}
svg.way text.cause{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12px;
fill:var(--tone)}
.stop rect{fill:var(--soft);stroke:var(--line);stroke-width:1.2}
.stop.process rect{stroke:var(--tone);fill:var(--tint);stroke-width:1.6}
.stop.api rect{stroke-width:2}
.steps{margin-top:1.5rem;border-top:1px solid var(--line);padding-top:1.25rem;font-size:.9375rem}
.steps .stop,.steps .end,.hop,.said{display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline}
.trunk{border-left:2px solid var(--line);margin:.35rem 0 .35rem .5rem;padding:.35rem 0 .35rem 1.25rem}
.trunk ul{border-left:2px solid var(--line);margin:.35rem 0 0 .5rem;padding-left:1.25rem}
.trunk li{padding:.3rem 0}
.hop .label{color:var(--quiet);min-width:5.5rem}
"""

_FINDINGS: Final = """
.group{margin:1.75rem 0 .75rem}
.finding{padding:1.1rem 1.25rem;border-left:4px solid var(--tone);margin-bottom:.9rem;
scroll-margin-top:1rem}
.finding:target{outline:2px solid var(--accent)}
.finding p{margin-top:.5rem;display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline}
.finding .cause{background:var(--tint);color:var(--tone);font-weight:600}
.finding dl{margin-top:.6rem;display:grid;grid-template-columns:6rem 1fr;gap:.3rem 1rem}
dt{color:var(--quiet);font-size:.875rem}
details{margin-top:.75rem}
summary{cursor:pointer;color:var(--quiet);width:fit-content}
summary .badge{color:var(--tone)}
details ul,details p{margin-top:.4rem}
.finding details ul{list-style:disc;padding-left:1.25rem}
.fold{border-top:1px solid var(--line);padding-top:.75rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th{font-weight:400;text-align:left}
td,th{padding:.4rem .75rem .4rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
.passed{margin-top:.5rem;table-layout:fixed}
.passed th{width:38%}
.number{width:4rem;text-align:right;color:var(--quiet);font-variant-numeric:tabular-nums;padding-right:0;
white-space:nowrap}
.calm{color:var(--quiet)}
"""

_CERTIFICATES: Final = """
.tree ul{margin-left:1rem;padding-left:1.5rem;border-left:2px solid var(--line)}
.tree li{position:relative;padding-top:.75rem}
.tree ul>li::before{content:"";position:absolute;left:-1.5rem;top:2.4rem;width:1.5rem;
border-top:2px solid var(--line)}
.tree ul>li:last-child::after{content:"";position:absolute;left:calc(-1.5rem - 2px);
top:calc(2.4rem + 2px);bottom:0;
width:2px;background:var(--paper)}
.certificate{padding:1rem 1.25rem}
.certificate.absent{border-style:dashed;background:none}
.certificate p{display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline;margin-top:.35rem;
font-size:.9375rem}
.print code{background:none;padding:0;color:var(--quiet)}
.tree .answers li,.tree .remarks li,.remarks li{padding:.2rem 0;display:flex;flex-wrap:wrap;
gap:.1rem .75rem;
align-items:baseline;font-size:.9375rem}
.tree .answers,.tree .remarks{margin:.6rem 0 0;padding:.4rem 0 0;border-left:0;
border-top:1px solid var(--line)}
.tree .answers li::before,.tree .remarks li::before,.tree .answers li::after,.tree .remarks li::after{
content:none}
.tree .answers li{display:grid;grid-template-columns:6.25rem 1fr}
.answers li>span:last-child{display:flex;flex-wrap:wrap;gap:0 .75rem}
.certificate ol{list-style:decimal;padding-left:1.5rem;font-size:.9375rem}
"""

_GRID: Final = """
.list{display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline;margin-bottom:1rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--panel)}
.grid th,.grid td{padding:.5rem .9rem;white-space:nowrap}
.grid thead th{font-weight:600;color:var(--quiet);font-size:.875rem}
.members{display:block;font-weight:400;font-size:.8125rem}
.grid tbody tr:last-child>*{border-bottom:0}
.grid .badge{font-weight:400}
.grid .error{font-weight:600}
.differing>*{background:var(--warning-soft)}
.differs{display:inline-block;margin-left:.75rem;color:var(--warning);font-weight:600;
font-family:system-ui,sans-serif}
.columns{display:grid;grid-template-columns:3.5rem 1fr;gap:.35rem 1rem;margin-top:1rem;font-size:.9375rem}
.columns dt{font-weight:600}
.paste{background:var(--soft);border-radius:8px;padding:.75rem 1rem;margin:.5rem 0 1rem}
.paste code{display:block;padding:0;background:none}
.bullets{list-style:disc;padding-left:1.25rem}
section>.remarks{margin:.75rem 0}
"""

_CARDS: Final = """
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:.9rem}
.card{padding:1rem 1.1rem;border-top:3px solid var(--tone)}
.card h3{display:flex;justify-content:space-between;gap:.75rem;align-items:baseline}
.card h3 .quiet{font-weight:400;font-size:.875rem;min-width:0;max-width:50%;text-align:right}
.card p{margin-top:.25rem;font-size:.9375rem}
.card .badge{white-space:normal}
.card .reason{color:var(--quiet)}
.card dl{margin-top:.6rem;display:grid;grid-template-columns:3rem 1fr;gap:.15rem .75rem}
.card dt{font-size:.8125rem}
.card dd{font-size:.8125rem}
footer{border-top:1px solid var(--line);padding-top:1.25rem;padding-bottom:3rem;color:var(--quiet);
font-size:.875rem}
footer p+p{margin-top:.35rem}
"""

_NARROW: Final = """
@media (max-width:46rem){
body{font-size:15px}
main,header,footer{padding-left:1.1rem;padding-right:1.1rem}
header{padding-top:1.75rem}
.mark-line{margin-bottom:1.5rem}
h1{font-size:1.875rem}
.verdict{gap:.9rem}
.verdict>.sign{width:2.25rem;height:2.25rem}
section{margin:2.5rem 0}
svg.way{display:none}
.steps{margin-top:0;border-top:0;padding-top:0}
.panel{padding:1.1rem}
.finding dl{grid-template-columns:1fr;gap:.1rem}
.finding dd{margin-bottom:.4rem}
.passed,.passed tbody,.passed tr,.passed th,.passed td{display:block;width:auto}
.passed tr{border-bottom:1px solid var(--line);padding:.45rem 0}
.passed th,.passed td{border:0;padding:0}
.passed td{color:var(--quiet)}
.number{text-align:left}
.tree ul{margin-left:.25rem;padding-left:.9rem}
.tree ul>li::before{left:-.9rem;width:.9rem}
.tree ul>li:last-child::after{left:calc(-.9rem - 2px)}
.cards{grid-template-columns:1fr}
}
"""

_PAPER: Final = """
@page{margin:16mm 14mm}
@media print{
:root{color-scheme:light;%s--paper:#fff}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10.5pt}
main,header,footer{max-width:none;padding:0}
header{padding-top:0}
section{margin:1.75rem 0}
h1,h2,h3,h4,.lead{break-after:avoid}
.finding,.card,.certificate,svg.way,tr{break-inside:avoid}
.scroll{overflow:visible}
.grid th,.grid td{white-space:normal;padding:.3rem .4rem}
details::details-content{display:block;content-visibility:visible;height:auto}
summary{list-style:none}
.cards{grid-template-columns:repeat(2,1fr)}
a{color:inherit;text-decoration:none}
}
@media (forced-colors:active){.body{fill:CanvasText}.mark{stroke:Canvas}.rail,.head{stroke:CanvasText}}
""" % _LIGHT.replace("\n", "")  # noqa: UP031 - braces mean something in CSS

STYLE: Final = "".join(
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"{_BASE}{_SIGNS}{_HEADER}{_WAY}{_FINDINGS}{_CERTIFICATES}{_GRID}{_CARDS}{_NARROW}{_PAPER}".splitlines()
)
"""One line of CSS, which holds no text of anybody's."""
