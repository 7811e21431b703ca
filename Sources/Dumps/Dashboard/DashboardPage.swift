// The dashboard: one page that anyone can open, without a script and without anything to load.
//
// The page is a function of the read model and the place in the log: the same position gives the
// same bytes. Its policy forbids everything but the one style sheet inside, named by its digest.
// Times are Beijing's, and its present is the log time of the last event. Charts are SVG drawn here
// (Sources/Dumps/Charts), each in two widths of which the sheet shows one; what a chart shows
// stands in a table as well. It costs one look at every merchant (`MerchantCensus`), and beyond
// that as much as there are days, waves and strata.

public import Projections
public import Events
import Merkle
import Rollout
import Text

/// The page of a rollout.
public struct DashboardPage {
  /// The most rows of discrepancies on the page.
  public static let discrepanciesMax = 20
  /// The most rows of the timeline on the page.
  public static let rowsMax = 40
  /// The most days in a table or a chart.
  public static let daysMax = 31

  let model: ReadModel
  let context: LogContext
  let rollout: Projections.Rollout?
  /// Nil before it is announced.
  let plan: Plan?
  let watch: GuardrailWatch?
  let census: MerchantCensus?
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
    _ model: ReadModel, _ context: LogContext, _ language: Language,
    _ cited: [Position: Payload]
  ) {
    self.cited = cited
    self.model = model
    self.context = context
    let rollouts = model.rollouts.rollouts
    let rollout = rollouts.last { $0.isActive } ?? rollouts.last
    let plan = rollout.flatMap { try? PlanReader.read($0.document) }
    self.rollout = rollout
    self.plan = plan
    watch = rollout.flatMap { rollout in
      rollout.start == .none ? nil : plan?.guardrails.map { GuardrailWatch($0, rollout) }
    }
    if let rollout, let plan {
      census = MerchantCensus(
        rollout, plan, model.merchants, span: DashboardPage.evidenceSpan(rollout),
        opening: model.opening.span(rollout.number, now: context.logTime) ?? (.none, .none),
        now: context.logTime)
    } else {
      census = nil
    }
    mix = DashboardMix(model.mix)
    words = Wording(language, terms: model.termsInForce, thousands: ",")
  }

  /// From the first whole block of evidence to the last.
  static func evidenceSpan(_ rollout: Projections.Rollout) -> (from: Timestamp, to: Timestamp) {
    let whole = rollout.evidence.blocks.filter { $0.isWhole }
    guard let first = whole.first, let last = whole.last else { return (.none, .none) }
    return (first.from, last.to)
  }

  private mutating func write() {
    writeHead()
    writeHeader()
    html.markup("<main>\n")
    writeCourse()
    writeShares()
    writeMixByDay()
    writeMix()
    writeOpening()
    writeFailures()
    writeReconciliation()
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

  /// The policy that the page carries, for who sends it with a header of that name as well.
  public static var policy: String {
    var written = HTMLWriter()
    written.policy(styleDigest)
    return String(decoding: written.bytes, as: UTF8.self)
  }

  private mutating func writeHead() {
    html.markup("<!doctype html>\n<html lang=\"")
    html.text(words.language == .chinese ? "zh-Hans" : words.language.rawValue)
    html.markup("\"><head><meta charset=\"utf-8\">\n")
    html.markup("<meta http-equiv=\"Content-Security-Policy\" content=\"")
    // Its quotes are a policy's own; the digest has no character of markup.
    html.policy(DashboardPage.styleDigest)
    html.markup("\">\n")
    html.markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
    html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
    html.text(title)
    html.markup("</title>\n<style>")
    html.markup(DashboardPage.style)
    html.markup("</style></head>\n<body>\n")
  }

  /// Whether a large step of the clock is not confirmed.
  var isClockHeld: Bool {
    let last = model.timeline.rows.last { $0.kind == .clockStepped || $0.kind == .clockConfirmed }
    return last?.kind == .clockStepped
  }

  var title: String { rollout.map { "\($0.plan)" } ?? "\(context.origin)" }

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
}

// MARK: - What sections are made of

extension DashboardPage {
  /// Opens a section; `style` says how much of the page's width it takes.
  mutating func begin(_ style: StaticString, _ title: Label, _ notes: Label...) {
    html.markup("<section class=\"")
    html.markup(style)
    html.markup("\"><h2>")
    html.text(words[title])
    html.markup("</h2>")
    for note in notes { self.note(words[note]) }
  }

  mutating func note(_ text: String) {
    html.markup("<p class=\"note\">")
    html.text(text)
    html.markup("</p>")
  }

  mutating func part(_ title: Label) {
    html.markup("<h3>")
    html.text(words[title])
    html.markup("</h3>")
  }

  mutating func end() { html.markup("</section>\n") }

  /// The heading of a column of words, and of one of numbers.
  func head(_ label: Label) -> HTMLWriter.Column { .init(name: words.title(label)) }
  func figures(_ label: Label) -> HTMLWriter.Column {
    .init(name: words.title(label), isNumber: true)
  }
  func figures(_ name: String) -> HTMLWriter.Column { .init(name: name, isNumber: true) }

  /// A bar of parts of a thousand, each with the class that colours it.
  ///
  /// Its numbers stand beside it.
  mutating func bar(_ parts: [(className: String, permille: Int64)], mark: Int64? = nil) {
    html.markup("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" ")
    html.markup("aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>")
    var start: Int64 = 0
    for part in parts where part.permille > 0 {
      let width = min(part.permille, 1000 - start)
      html.rectangle(part.className, Int(start), 0, Int(width), 10)
      start += width
    }
    if let mark { html.line("threshold", Int(mark), 0, Int(mark), 10) }
    html.markup("</svg>")
  }

  mutating func barCell(_ parts: [(className: String, permille: Int64)]) {
    html.markup("<td class=\"bar\">")
    bar(parts)
    html.markup("</td>")
  }

  /// Tiers in the order of markets, what is unknown last.
  static var tiers: [Tier] { [.t1, .n1, .t2, .t3, .t4, .t5, .unknown] }
}
