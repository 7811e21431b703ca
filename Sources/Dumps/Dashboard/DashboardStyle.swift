// The look of the dashboard: one sheet, named by its digest in the page's policy.
//
// Words have a contrast of 4.5 to their ground in both themes, and what is drawn has 3. Print takes
// the light theme. Below 700 pixels charts are drawn in their narrow form and tables scroll inside
// their own box, which has a shade on the side where more of them is.

extension DashboardPage {
  /// The whole style sheet; the page may load no other.
  static let style: StaticString = """
    :root{color-scheme:light dark;--page:#f4f5f3;--card:#fff;--ink:#1b2220;--soft:#5d6763;\
    --line:#e0e5e2;--axis:#98a29d;--i1:#188a54;--i2:#2f6fde;--i3:#c9443a;--i4:#8359c4;\
    --on:#188a54;--onink:#116b40;--warn:#8f4c0c;--stop:#b3372d;--track:#e7ebe8;--band:#f3dfc4}
    @media screen and (prefers-color-scheme:dark){:root{--page:#111513;--card:#191f1c;\
    --ink:#e4eae7;--soft:#9aa7a1;--line:#2b3430;--axis:#66726c;--i1:#3fbf80;--i2:#6a9bf4;\
    --i3:#ea7a70;--i4:#b294e6;--on:#3fbf80;--onink:#5fd39a;--warn:#e5ad6c;--stop:#f08a80;\
    --track:#27302b;--band:#47391f}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,-apple-system,\
    "Segoe UI","Noto Sans","PingFang SC","Noto Sans CJK SC",sans-serif;\
    font-variant-numeric:tabular-nums}
    header,main,footer{max-width:1200px;margin:0 auto;padding:0 20px}
    header{padding-top:22px}
    main{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:14px;margin-top:14px}
    h1{font-size:25px;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:1px 0 6px;\
    overflow-wrap:anywhere}
    h2{font-size:16px;font-weight:650;margin:0 0 2px}
    h3{font-size:13px;font-weight:650;margin:14px 0 2px}
    p,dl,dd,ul{margin:0;padding:0}
    .note{color:var(--soft);font-size:12.5px;max-width:100ch}
    .kicker{color:var(--soft);font-size:12.5px;letter-spacing:.03em}
    .state{display:flex;flex-wrap:wrap;align-items:baseline;gap:3px 18px;font-size:14.5px;\
    margin:0 0 4px}
    .chip{border:1px solid currentColor;border-radius:99px;padding:0 10px;font-size:13px;\
    font-weight:600}
    .go{color:var(--onink)}.stop{color:var(--stop)}
    .window{margin:10px 0 0}
    .window .note{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;\
    max-width:none}
    .keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;\
    margin:12px 0 0}
    .keys div,section{background:var(--card);border:1px solid var(--line);border-radius:10px}
    .keys div{padding:9px 16px}
    .keys dt,.keys span{color:var(--soft);font-size:12.5px}
    .keys b{display:block;font-size:22px;font-weight:600;line-height:1.25}
    section{padding:14px 18px 10px;min-width:0}
    .full{grid-column:1/-1}
    .pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 28px}
    .box{overflow-x:auto;margin:4px -6px 0;padding:0 6px;position:relative}
    @media screen{.box{background:linear-gradient(90deg,var(--card) 40%,transparent) 0 0/36px 100%\
     local,linear-gradient(270deg,var(--card) 40%,transparent) 100% 0/36px 100% local,\
    linear-gradient(90deg,var(--axis),transparent) 0 0/9px 100% scroll,\
    linear-gradient(270deg,var(--axis),transparent) 100% 0/9px 100% scroll;\
    background-repeat:no-repeat}}
    .box:focus-visible{outline:2px solid var(--i2);outline-offset:1px}
    table{border-collapse:collapse;width:100%;font-size:13px}
    caption{text-align:left;font-size:13px;font-weight:650;padding:14px 0 2px}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);\
    white-space:nowrap;padding:0}
    th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);\
    vertical-align:top;white-space:nowrap;font-weight:400}
    th:last-child,td:last-child{padding-right:0}
    tbody tr:last-child>*{border-bottom:0}
    thead th{color:var(--soft);font-size:12px;vertical-align:bottom;white-space:normal}
    thead td{border:0}
    .n{text-align:right}
    td.bar{width:30%;min-width:90px}.pair td.bar{width:20%;min-width:56px}
    td.words{white-space:normal;min-width:200px;overflow-wrap:anywhere}
    .sum>*{font-weight:600}
    .part{color:var(--soft);font-size:12px;padding-top:10px}
    .future>*{color:var(--soft)}
    small{display:block;color:var(--soft);font-size:11.5px;font-weight:400}
    .flat small{display:inline-block;margin-left:4px;min-width:6.5ch}
    .money .flat:last-child small{min-width:13ch}
    .soft{color:var(--soft)}
    td.wrap{white-space:normal;min-width:140px}
    svg.bar{display:block;width:100%;height:10px;border-radius:2px;margin:5px 0}
    .window svg.bar{height:7px;border-radius:4px}
    svg.chart{display:block;width:100%;height:auto;margin:6px 0 4px}
    svg.narrow{display:none}
    .half svg.chart{max-width:620px;margin:6px auto 4px}
    svg text{font:11.5px system-ui,-apple-system,"Segoe UI","Noto Sans","PingFang SC",\
    "Noto Sans CJK SC",sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
    .middle{text-anchor:middle}.end{text-anchor:end}
    .track{fill:var(--track)}
    .done,.dot{fill:var(--on)}.i1{fill:var(--i1)}.i2{fill:var(--i2)}.i3{fill:var(--i3)}\
    .i4{fill:var(--i4)}
    rect.stop{fill:var(--stop)}
    .threshold{stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}
    .grid{stroke:var(--line)}.axis{stroke:var(--axis)}
    .hatch{stroke:var(--card);stroke-opacity:.55}.gap{stroke:var(--card)}
    .planned{fill:none;stroke:var(--soft);stroke-width:1.8;stroke-dasharray:5 4}
    .actual{fill:none;stroke:var(--on);stroke-width:2.4;stroke-linejoin:round}
    .area{fill:var(--on);fill-opacity:.13}
    .wave{fill:none;stroke:var(--axis);stroke-dasharray:1 3}
    svg.key .wave{stroke:var(--ink);stroke-width:2}
    .now{stroke:var(--ink)}
    svg .now-label{fill:var(--ink)}svg .wave-number{fill:var(--ink)}
    .pause-band{fill:var(--band)}
    .sign{fill:none;stroke:var(--ink);stroke-width:2}
    .sign.breach{stroke:var(--stop)}.sign.roll-back{fill:var(--stop);stroke:none}
    .sign.reinstatement{fill:var(--on);stroke:none}.sign.pause{stroke:var(--warn)}
    .legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;font-size:12.5px;\
    margin:6px 0 2px}
    svg.key{width:22px;height:12px;margin-right:6px;vertical-align:-1px}
    footer{padding-top:14px;padding-bottom:34px;color:var(--soft);font-size:12.5px}
    footer dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:1px 16px;\
    margin:0 0 8px}
    footer dd{color:var(--ink);overflow-wrap:anywhere}
    code{font-family:ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;font-size:.92em;\
    overflow-wrap:anywhere}
    @media (max-width:960px){main,.pair{grid-template-columns:minmax(0,1fr)}}
    @media (max-width:700px){header,main,footer{padding-left:12px;padding-right:12px}\
    thead th{white-space:nowrap}td.words{min-width:420px}\
    section{padding:12px 12px 8px}svg.chart.wide{display:none}svg.narrow{display:block}\
    .keys{grid-template-columns:1fr 1fr;gap:10px}.keys div{padding:8px 12px}\
    .keys b{font-size:19px}footer dl{display:block}footer dt{margin-top:4px}}
    @media print{body{background:#fff;font-size:10px}h1{font-size:19px}h2{font-size:13px}\
    .state{font-size:12px}.note,.legend,footer{font-size:10px}table{font-size:9.5px}\
    thead th,small{font-size:8.5px}th,td{padding:2px 7px 2px 0}td.words{min-width:0}\
    svg.bar{margin:3px 0;height:7px}.keys{grid-template-columns:repeat(4,1fr)}\
    .keys b{font-size:15px}main{display:block}section{margin-top:10px;break-inside:avoid}\
    section.full{break-inside:auto}section,.keys div{border-color:#bbb}.box{overflow:visible}\
    tr,svg,.keys div{break-inside:avoid}h2,h3,caption{break-after:avoid}\
    svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}

    """
}
