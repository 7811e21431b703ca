// The dashboard: one page that anyone can open, without a script and without anything to load.
//
// The page is a function of the read model and the place in the log: the same position gives the
// same bytes. Its policy forbids everything but the one style sheet inside, named by its digest.
// Times are Beijing's. Bars are SVG, whose widths are attributes and need no inline style.

public import Projections
import Events
import Merkle
import Text

/// The page of a rollout.
public struct DashboardPage {
  /// The most rows of discrepancies and of the timeline on the page.
  public static let rowsMax = 50
  /// The most days of a window on the page.
  public static let daysMax = 31

  let model: ReadModel
  let context: LogContext
  let rollout: Rollout?
  let mix: DashboardMix
  var html = HTMLWriter()

  /// The page as bytes of HTML.
  public static func bytes(_ model: ReadModel, _ context: LogContext) -> [UInt8] {
    precondition(context.position == model.position, "a page is made at its model's position")
    var page = DashboardPage(model, context)
    page.write()
    return page.html.bytes
  }

  private init(_ model: ReadModel, _ context: LogContext) {
    self.model = model
    self.context = context
    let rollouts = model.rollouts.rollouts
    rollout = rollouts.last { $0.isActive } ?? rollouts.last
    mix = DashboardMix(model.mix)
  }

  private mutating func write() {
    writeHead()
    writeHeader()
    html.markup("<main>\n")
    writeDays()
    writeWaves()
    writeMix()
    writeFailures()
    writeDiscrepancies()
    writeTimeline()
    html.markup("</main>\n")
    writeFooter()
    html.markup("</body></html>\n")
  }

  /// The digest that the policy names.
  public static var styleDigest: String {
    var sheet = HTMLWriter()
    sheet.markup(style)
    return SHA256.hash(unsafe sheet.bytes.span.bytes).base64
  }

  private mutating func writeHead() {
    html.markup("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
    html.markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src ")
    html.markup("'none'; style-src 'sha256-")
    html.text(DashboardPage.styleDigest)
    html.markup("'; base-uri 'none'; form-action 'none'\">\n")
    html.markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>")
    html.text(title)
    html.markup("</title>\n<style>")
    html.markup(DashboardPage.style)
    html.markup("</style></head>\n<body>\n")
  }

  private var title: String { rollout.map { "\($0.plan)" } ?? "\(context.origin)" }

  private mutating func writeHeader() {
    html.markup("<header><p class=\"kicker\">")
    html.text(rollout.map { "\(Figure.name($0.institution)) on Taobao and Tmall" } ?? "sluice")
    html.markup("</p><h1>")
    html.text(title)
    html.markup("</h1><p>")
    if let rollout { writeChips(rollout) }
    html.markup("<span class=\"soft\">")
    html.text(Figure.instant(context.logTime).map { "as of \($0), Beijing time" } ?? "empty log")
    html.markup("</span></p>\n")
    if let rollout, rollout.windowEnd > rollout.effectiveAt { writeWindow(rollout) }
    writeKeys()
    html.markup("</header>\n")
  }

  private mutating func writeChips(_ rollout: Rollout) {
    if rollout.phase == .running && !rollout.isPaused {
      html.markup("<span class=\"chip go\">")
    } else {
      html.markup("<span class=\"chip\">")
    }
    html.text(rollout.phase.name)
    html.markup("</span>")
    if rollout.currentPause != nil {
      html.markup("<span class=\"chip stop\">")
      let reason = rollout.pauseReason.isEmpty ? "" : ": \(rollout.pauseReason)"
      html.text("opening paused\(reason)")
      html.markup("</span>")
    }
    if rollout.isWindowOver { html.markup("<span class=\"chip\">window over</span>") }
  }

  private mutating func writeWindow(_ rollout: Rollout) {
    let whole = rollout.windowEnd.seconds - rollout.effectiveAt.seconds
    let done = min(max(context.logTime.seconds - rollout.effectiveAt.seconds, 0), whole)
    html.markup("<div class=\"window\">")
    bar([("done", Figure.permille(done, of: whole))])
    html.markup("<p><span>opens ")
    html.text(Figure.instant(rollout.effectiveAt) ?? "")
    html.markup("</span><span>")
    html.text("\(Figure.percent(done, of: whole) ?? "–") of the window")
    html.markup("</span><span>ends ")
    html.text(Figure.instant(rollout.windowEnd) ?? "")
    html.markup("</span></p></div>\n")
  }

  private mutating func writeKeys() {
    html.markup("<div class=\"keys\">")
    if let rollout {
      let standing = model.merchants.standing(rollout.number)
      let enabled = Int64((standing?.count(.enabled) ?? 0) + (standing?.count(.reinstated) ?? 0))
      let all = max(Int64(rollout.merchantsInOrder), enabled)
      key(
        "Merchants open", Figure.grouped(enabled),
        "of \(Figure.grouped(all)) in the order, \(Figure.percent(enabled, of: all) ?? "–")")
      let cell = mix.total(rollout.institution)
      key(
        "Captured by \(Figure.name(rollout.institution))", Figure.grouped(cell.capturedCount),
        Figure.yuan(cell.capturedFen))
      let tried = cell.capturedCount + cell.failedCount
      key(
        "Failed", Figure.percent(cell.failedCount, of: tried) ?? "–",
        "\(Figure.grouped(cell.failedCount)) of \(Figure.grouped(tried)) ended")
    }
    key(
      "Discrepancies open", Figure.grouped(Int64(model.discrepancies.openCount)),
      "of \(Figure.grouped(Int64(model.discrepancies.count))) found")
    html.markup("</div>\n")
  }

  private mutating func key(_ name: String, _ figure: String, _ note: String) {
    html.markup("<div><span>")
    html.text(name)
    html.markup("</span><b>")
    html.text(figure)
    html.markup("</b><span>")
    html.text(note)
    html.markup("</span></div>")
  }

  private mutating func writeFooter() {
    html.markup("<footer><dl><dt>Log</dt><dd>")
    html.text("\(context.origin)")
    html.markup("</dd><dt>Id</dt><dd><code>")
    html.text(context.id.hex)
    html.markup("</code></dd><dt>Position</dt><dd>")
    html.text("\(context.position.rawValue)")
    html.markup("</dd><dt>Root</dt><dd><code>")
    html.text(context.root.base64)
    html.markup("</code></dd><dt>Release</dt><dd>")
    html.text(context.release)
    html.markup("</dd></dl><p>Anyone with the log makes this page again, byte for byte: <code>")
    html.text("sluice dump dashboard --format html --at \(context.position.rawValue)")
    html.markup("</code>. Repeated and late notices are in no count.</p></footer>\n")
  }

  /// A bar of parts of a thousand, each with the class that colours it.
  mutating func bar(_ parts: [(className: String, permille: Int64)]) {
    html.markup("<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
    var start: Int64 = 0
    for part in parts where part.permille > 0 {
      html.markup("<rect class=\"")
      html.text(part.className)
      html.markup("\" x=\"")
      html.text("\(start)")
      html.markup("\" width=\"")
      html.text("\(min(part.permille, 1000 - start))")
      html.markup("\" height=\"10\"/>")
      start += part.permille
    }
    html.markup("</svg>")
  }
}
