// The look of the dashboard: one sheet, named by its digest in the page's policy.

extension DashboardPage {
  /// The whole style sheet; the page may load no other.
  static let style: StaticString = """
    :root{color-scheme:light dark;--page:#f6f7f5;--card:#fff;--ink:#1d2422;--soft:#66706c;\
    --line:#e3e7e4;--i1:#1f9d61;--i2:#2f6fde;--i3:#d0483e;--i4:#8a63c7;--on:#1f9d61;\
    --warn:#b4641a;--track:#e9edea}
    @media (prefers-color-scheme:dark){:root{--page:#121614;--card:#1a201d;--ink:#e4eae7;\
    --soft:#93a09a;--line:#2a322e;--i1:#3fbf80;--i2:#6a9bf4;--i3:#ea7a70;--i4:#b294e6;\
    --on:#3fbf80;--warn:#e0a05a;--track:#27302b}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,\
    "Segoe UI","Noto Sans","PingFang SC","Noto Sans CJK SC",sans-serif;\
    font-variant-numeric:tabular-nums}
    main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
    header{padding-top:40px}
    h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:4px 0 10px}
    h2{font-size:17px;font-weight:650;margin:0 0 2px}
    p{margin:0}
    .soft{color:var(--soft)}
    .kicker{color:var(--soft);font-size:13px;letter-spacing:.04em}
    .chip{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:1px 11px;\
    font-size:13px;margin-right:8px;background:var(--card)}
    .chip.go{color:var(--on);border-color:currentColor}
    .chip.stop{color:var(--warn);border-color:currentColor}
    .window{margin:22px 0 0}
    .window p{display:flex;justify-content:space-between;font-size:13px;color:var(--soft)}
    svg{display:block;width:100%;height:10px;border-radius:5px;background:var(--track);\
    margin:6px 0}
    .done{fill:var(--on)}.i1{fill:var(--i1)}.i2{fill:var(--i2)}.i3{fill:var(--i3)}\
    .i4{fill:var(--i4)}
    .keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;\
    margin:24px 0 0}
    .keys div,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
    .keys div{padding:14px 18px}
    .keys span{display:block;color:var(--soft);font-size:13px}
    .keys b{display:block;font-size:25px;font-weight:600;line-height:1.3}
    section{padding:22px 24px 16px;margin:18px 0}
    section>p{color:var(--soft);font-size:13px;margin-bottom:12px}
    .wide{overflow-x:auto;margin:0 -8px}
    table{border-collapse:collapse;width:100%;font-size:14px}
    th,td{text-align:left;padding:7px 8px;border-bottom:1px solid var(--line);\
    vertical-align:top;white-space:nowrap}
    tbody tr:last-child td{border-bottom:0}
    th{font-weight:500;color:var(--soft);font-size:12.5px}
    td.n,th.n{text-align:right}
    td.bar{width:38%;min-width:180px}
    td.bar svg{height:12px;border-radius:3px;margin:5px 0}
    td.words{white-space:normal;min-width:180px}
    td.part{color:var(--soft);font-size:12.5px;padding-top:16px}
    small{display:block;color:var(--soft);font-size:12px}
    .key{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
    .key.i1{background:var(--i1)}.key.i2{background:var(--i2)}.key.i3{background:var(--i3)}\
    .key.i4{background:var(--i4)}
    .legend>span{margin-right:20px}
    footer{padding-top:6px;padding-bottom:44px;color:var(--soft);font-size:13px}
    footer dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0 0 10px}
    footer dt{color:var(--soft)}
    footer dd{margin:0;color:var(--ink);overflow-wrap:anywhere}
    code{font-family:ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;font-size:12.5px}
    @media print{body{background:#fff}section{break-inside:avoid}}

    """
}
