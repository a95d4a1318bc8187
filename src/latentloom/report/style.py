"""How the page looks."""

from .html import Markup

STYLE = Markup("""
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f6f7f9;color:#1b1f24;
 font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1240px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:.4em 0 .6em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:0 0 .6em}
h3{font-size:1rem;margin:0 0 .4em}
section{background:#fff;border:1px solid #d9dde3;border-radius:10px;padding:16px;margin:0 0 16px}
ul.verdicts{list-style:none;margin:0;padding:0}
ul.verdicts li{padding:8px 12px;border-left:5px solid;margin:0 0 8px;background:#fafbfc;
 border-radius:0 6px 6px 0}
ul.verdicts b{margin-right:.5em}
ul.verdicts i{overflow-wrap:anywhere}
ul.verdicts i{display:block;font-style:normal;color:#4a525c}
li.good{border-color:#007a5a!important}li.good b{color:#006b4f}
li.unsure{border-color:#b07c00!important}li.unsure b{color:#7d5800}
li.bad{border-color:#b3261e!important}li.bad b{color:#b3261e}
.grid{stroke:#e3e6ea;stroke-width:1}
.panels{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr))}
@media(min-width:760px){.panels.four{grid-template-columns:repeat(2,1fr);max-width:860px}}
figure{margin:0;min-width:0}
figcaption{font-weight:600;margin:0 0 4px}
svg{display:block;width:100%;height:auto}
svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:#3d444d}
svg.swatch{display:inline-block;width:22px;height:12px;margin-right:5px;vertical-align:middle}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.82rem;padding-left:8px}
.scroll{overflow-x:auto;margin:0 0 16px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:6px 10px;text-align:right;border-bottom:1px solid #e3e6ea;white-space:nowrap}
thead th{vertical-align:bottom;white-space:normal;min-width:96px;font-size:.86rem}
th:first-child{text-align:left;position:sticky;left:0;background:#fff}
tbody th{font-weight:600;white-space:normal;min-width:118px}
small{display:block;font-weight:400;font-size:.76rem;color:#56606b}
tr.generated th,tr.generated td{background:#e8f2fa}
tr.generated td{font-weight:600}
table.sheet td.made{background:#e8f2fa;font-weight:600}
table.sheet th.made{background:#e8f2fa}
table.sheet td.floor{background:#f4f5f7}
table.sheet th.floor{background:#f4f5f7}
table.sheet td small{white-space:nowrap}
img.pixels{display:block;width:100%;height:auto;image-rendering:pixelated}
table.album{min-width:760px;table-layout:fixed}
table.album th,table.album td{padding:3px;text-align:center;border:0;white-space:normal;
 min-width:0;font-size:.76rem}
table.album th:first-child{text-align:left;width:108px;min-width:0}
details{margin:0 0 10px}
summary{cursor:pointer;font-size:.86rem;color:#3d444d;padding:4px 0}
.small{font-size:.86rem}
ul.reasons{margin:0 0 10px;padding:0 0 0 1.2em;font-size:.86rem;color:#4a525c}
.note{font-size:.86rem;color:#4a525c;margin:.3em 0}
h2+.note{margin:0 0 .9em;max-width:78ch}
pre{background:#f1f3f6;padding:10px 12px;border-radius:6px;white-space:pre-wrap;
 overflow-wrap:anywhere;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;margin:0 0 12px}
dl{display:grid;grid-template-columns:minmax(90px,max-content) 1fr;gap:2px 16px;margin:0}
dt{color:#4a525c}dd{margin:0;overflow-wrap:anywhere}
@media(max-width:560px){main{padding:10px 8px 32px}section{padding:12px 10px}
 th,td{padding:5px 7px}}
@media print{section{break-inside:avoid}body{background:#fff}}
""")
