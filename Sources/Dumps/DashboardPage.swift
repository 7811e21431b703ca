// The dashboard: one page that anyone can open, without a script and without anything to load.
//
// The page is a function of the read model and the place in the log: the same position gives the
// same bytes. Its policy forbids everything but the one style sheet inside, named by its digest.
// Times are Beijing's. Bars are SVG, whose widths are attributes and need no inline style.

public import Projections
public import Events
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
  let words: Wording
  /// What events of the timeline say, by their positions.
  let cited: [Position: Payload]
  var html = HTMLWriter()

  /// The page as bytes of HTML, in the terms that are in force at its position.
  ///
  /// - Parameter cited: the events that `cites` names; the model has them in English alone.
  public static func bytes(
    _ model: ReadModel, _ context: LogContext, in language: Language = .english,
    citing cited: [Position: Payload] = [:]
  ) -> [UInt8] {
    precondition(context.position == model.position, "a page is made at its model's position")
    var page = DashboardPage(model, context, language, cited)
    page.write()
    return page.html.bytes
  }

  /// The events that the page names in its timeline.
  public static func cites(_ model: ReadModel) -> [Position] {
    model.timeline.rows.suffix(rowsMax).map(\.position)
  }

  private init(
    _ model: ReadModel, _ context: LogContext, _ language: Language, _ cited: [Position: Payload]
  ) {
    self.cited = cited
    self.model = model
    self.context = context
    let rollouts = model.rollouts.rollouts
    rollout = rollouts.last { $0.isActive } ?? rollouts.last
    mix = DashboardMix(model.mix)
    words = Wording(language, terms: model.termsInForce)
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
    html.markup("<!doctype html>\n<html lang=\"")
    html.text(words.language.rawValue)
    html.markup("\"><head><meta charset=\"utf-8\">\n")
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
    html.text(rollout.map { words[.on(words.name($0.institution))] } ?? "sluice")
    html.markup("</p><h1>")
    html.text(title)
    html.markup("</h1><p>")
    if let rollout { writeChips(rollout) }
    html.markup("<span class=\"soft\">")
    html.text(words[Figure.instant(context.logTime).map { .asOf($0) } ?? .emptyLog])
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
    html.text(words.word(rollout.phase))
    html.markup("</span>")
    if rollout.currentPause != nil {
      html.markup("<span class=\"chip stop\">")
      html.text(words[.paused("\(rollout.pauseReason)")])
      html.markup("</span>")
    }
    if rollout.isWindowOver {
      html.markup("<span class=\"chip\">")
      html.text(words[.windowOver])
      html.markup("</span>")
    }
  }

  private mutating func writeWindow(_ rollout: Rollout) {
    let whole = rollout.windowEnd.seconds - rollout.effectiveAt.seconds
    let done = min(max(context.logTime.seconds - rollout.effectiveAt.seconds, 0), whole)
    html.markup("<div class=\"window\">")
    bar([("done", Figure.permille(done, of: whole))])
    html.markup("<p><span>")
    html.text(words[.opens] + (Figure.instant(rollout.effectiveAt) ?? ""))
    html.markup("</span><span>")
    html.text(words[.ofWindow(Figure.percent(done, of: whole) ?? "–")])
    html.markup("</span><span>")
    html.text(words[.ends] + (Figure.instant(rollout.windowEnd) ?? ""))
    html.markup("</span></p></div>\n")
  }

  private mutating func writeKeys() {
    html.markup("<div class=\"keys\">")
    if let rollout {
      let standing = model.merchants.standing(rollout.number)
      let enabled = Int64((standing?.count(.enabled) ?? 0) + (standing?.count(.reinstated) ?? 0))
      let all = max(Int64(rollout.merchantsInOrder), enabled)
      key(
        .merchantsOpen, Figure.grouped(enabled),
        words[.inOrder(Figure.grouped(all), Figure.percent(enabled, of: all) ?? "–")])
      let cell = mix.total(rollout.institution)
      key(
        .capturedBy(words.name(rollout.institution)), Figure.grouped(cell.capturedCount),
        "\(words[.orderAmount]) \(Figure.yuan(cell.capturedFen))")
      let tried = cell.capturedCount + cell.failedCount
      key(
        .failed, Figure.percent(cell.failedCount, of: tried) ?? "–",
        words[.ended(Figure.grouped(cell.failedCount), Figure.grouped(tried))])
    }
    key(
      .openDiscrepancies, Figure.grouped(Int64(model.discrepancies.openCount)),
      words[.found(Figure.grouped(Int64(model.discrepancies.count)))])
    html.markup("</div>\n")
  }

  private mutating func key(_ name: Label, _ figure: String, _ note: String) {
    html.markup("<div><span>")
    html.text(words.title(name))
    html.markup("</span><b>")
    html.text(figure)
    html.markup("</b><span>")
    html.text(note)
    html.markup("</span></div>")
  }

  private mutating func writeFooter() {
    html.markup("<footer><dl>")
    foot(.log, "\(context.origin)")
    foot(.id, context.id.hex, isCode: true)
    foot(.position, "\(context.position.rawValue)")
    foot(.root, context.root.base64, isCode: true)
    foot(.release, context.release)
    let edition = model.terms.inForce(at: context.logTime)
    foot(.termsInForce, words[edition.map { .version("\($0.name)", $0.version) } ?? .noTermsYet])
    html.markup("</dl><p>")
    html.text(words[.again])
    html.markup("<code>")
    let language = words.language == .english ? "" : " --lang \(words.language.rawValue)"
    html.text("sluice dump dashboard --format html --at \(context.position.rawValue)\(language)")
    html.markup("</code>")
    html.text(words[.againNote])
    html.markup("</p></footer>\n")
  }

  private mutating func foot(_ name: Label, _ value: String, isCode: Bool = false) {
    html.markup("<dt>")
    html.text(words.title(name))
    html.markup(isCode ? "</dt><dd><code>" : "</dt><dd>")
    html.text(value)
    html.markup(isCode ? "</code></dd>" : "</dd>")
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
