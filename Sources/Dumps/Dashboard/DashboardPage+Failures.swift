// What fails: the guardrails with their evidence, the breaches, and the failures by class.

import Events
import Projections
import Rollout

extension DashboardPage {
  private static var breachesMax: Int { 12 }

  mutating func writeFailures() {
    guard rollout != nil || !mix.institutions.isEmpty else { return }
    begin("full", .failureRates)
    if let rollout {
      part(.guardrailTable)
      if let watch { writeGuardrails(watch, rollout) } else { note(words[.noGuardrails]) }
      writeBreaches(rollout)
    }
    if !mix.institutions.isEmpty {
      part(.classTable)
      note(words[.classNote])
      writeClasses()
    }
    end()
  }

  private mutating func writeGuardrails(_ watch: GuardrailWatch, _ rollout: Projections.Rollout) {
    note(words[.guardrailNote])
    html.beginTable(
      words[.guardrailTable],
      [
        head(.guardrail), figures(.watched), figures(.heldAgainst), figures(.tolerated),
        .init(name: words.title(.evidenceOfThreshold), span: 2), head(.verdict),
      ])
    let sums = GuardrailSums(rollout, ownApart: watch.rules.merchant != nil)
    for verdict in watch.judge.verdicts {
      let isOpen = rollout.evidence.open.contains {
        $0.kind == verdict.kind || [.limit, .outage].contains($0.kind) && verdict.kind == .limit
      }
      html.markup("<tr>")
      html.rowHead(words.word(verdict.kind))
      html.failures(sums.watched(verdict.kind))
      html.failures(sums.against(verdict.kind))
      html.number(tolerated(verdict.kind, watch.rules))
      let (evidence, threshold) = (verdict.evidence, verdict.threshold)
      html.markup("<td class=\"bar\">")
      bar(
        [(verdict.isBreached || isOpen ? "stop" : "done", Evidence.permille(evidence, threshold))],
        mark: Evidence.markPermille)
      html.markup("</td>")
      html.number("\(evidence.prefix(5)) / \(threshold.prefix(5))")
      html.cell(
        verdict.isBreached || isOpen
          ? "✖ \(words[StatusWords.breached])" : "✔ \(words[StatusWords.holds])")
      html.markup("</tr>\n")
    }
    html.endTable()
  }

  private func tolerated(_ kind: GuardrailKind, _ rules: Guardrails) -> String? {
    switch kind {
    case .checkout: rules.checkout.map { words[.times("\($0.tolerated)")] }
    case .institution: rules.institution.map { words[.times("\($0.tolerated)")] }
    case .limit, .outage: rules.limit.map { words[.atMost("\($0.failures)")] }
    case .merchant: rules.merchant.map { words[.atMost("\($0.failures)")] }
    }
  }

  private mutating func writeBreaches(_ rollout: Projections.Rollout) {
    let breaches = rollout.evidence.breaches
    guard !breaches.isEmpty else { return }
    let shown = breaches.suffix(DashboardPage.breachesMax)
    html.beginTable(
      words[.lastBreaches(shown.count, breaches.count)], isShown: true,
      [
        figures(.position), head(.time), head(.guardrail), head(.wave), head(.merchant),
        head(.cleared), head(.ledTo),
      ])
    for breach in shown.reversed() {
      html.markup("<tr>")
      html.number("\(breach.position.rawValue)")
      html.cell(Wording.time(breach.breachedAt))
      html.rowHead(words.word(breach.kind))
      html.cell(breach.wave == .none ? "–" : "\(breach.wave.rawValue)")
      html.cell(breach.merchant == .none ? "–" : "\(model.merchants.external(breach.merchant))")
      html.cell(breach.isCleared ? Wording.time(breach.clearedAt) : words[.notCleared])
      html.cell(breach.order == .none ? "–" : words[.rollBackAt(breach.order.rawValue)])
      html.markup("</tr>\n")
    }
    html.endTable()
  }

  /// Failures by class: through the rollout's institution, through the others together, and each.
  private mutating func writeClasses() {
    let institutions = mix.institutions
    let own = rollout?.institution
    let others = institutions.filter { $0 != own }
    var sides: [(name: String, cell: PaymentMix.Cell)] = []
    if let own { sides.append((words.name(own), mix.total(own))) }
    if own != nil, others.count > 1 {
      sides.append(
        (words.title(.others), others.reduce(into: PaymentMix.Cell()) { $0.add(mix.total($1)) }))
    }
    sides += others.map { (words.name($0), mix.total($0)) }
    html.beginTable(words[.classTable], [head(.failureClass)] + sides.map { figures($0.name) })
    html.markup("<tr class=\"sum\">")
    html.rowHead(words.title(.failed))
    for side in sides { html.failures(side.cell.failedCount, of: side.cell.endedCount) }
    html.markup("</tr>\n")
    for column in PaymentMix.FailureColumn.allCases {
      html.markup("<tr>")
      html.rowHead(words.word(column))
      for side in sides {
        html.failures(side.cell.failed[column.rawValue], of: side.cell.endedCount)
      }
      html.markup("</tr>\n")
    }
    html.endTable()
  }
}

/// Log evidence as texts have it, on a bar.
enum Evidence {
  /// Where the threshold stands on the bar.
  static let markPermille: Int64 = 800

  /// The place of evidence on the bar: the threshold's for as much as the threshold.
  static func permille(_ evidence: String, _ threshold: String) -> Int64 {
    guard let part = thousandths(evidence), let whole = thousandths(threshold), whole > 0 else {
      return 0
    }
    return min(1000, max(0, part) * markPermille / whole)
  }

  /// The first three decimals of a number; nil where the text is none.
  private static func thousandths(_ text: String) -> Int64? {
    let pieces = text.split(separator: ".", maxSplits: 1)
    guard let whole = pieces.first.flatMap({ Int64($0) }), abs(whole) < 1_000_000_000 else {
      return nil
    }
    let decimals = (pieces.count > 1 ? String(pieces[1].prefix(3)) : "")
    let rest = Int64(decimals + String(repeating: "0", count: 3 - decimals.count)) ?? 0
    return text.hasPrefix("-") ? 0 : whole * 1000 + rest
  }
}

/// The two sides of each guardrail, added up over the whole closed blocks.
private struct GuardrailSums {
  private var treated = (orders: Int64(0), failures: Int64(0))
  private var control = (orders: Int64(0), failures: Int64(0))
  private var institution = (orders: Int64(0), failures: Int64(0))
  private var others = (orders: Int64(0), failures: Int64(0))
  private var attempts = (orders: Int64(0), failures: Int64(0))

  init(_ rollout: Projections.Rollout, ownApart: Bool) {
    for block in rollout.evidence.blocks where block.isWhole {
      for row in block.rows {
        GuardrailSums.add(row.treated, to: &treated)
        GuardrailSums.add(row.control, to: &control)
        GuardrailSums.add(row.institution, to: &institution)
        GuardrailSums.add(row.others, to: &others)
      }
      GuardrailSums.add(block.attempts(ownApart: ownApart), to: &attempts)
    }
  }

  private static func add(_ count: ArmCount, to sum: inout (orders: Int64, failures: Int64)) {
    sum.orders += Int64(count.orders)
    sum.failures += Int64(count.failures)
  }

  func watched(_ kind: GuardrailKind) -> (orders: Int64, failures: Int64) {
    switch kind {
    case .checkout: treated
    case .institution: institution
    case .limit, .outage, .merchant: attempts
    }
  }

  /// Nil where a guardrail is held against a number.
  func against(_ kind: GuardrailKind) -> (orders: Int64, failures: Int64)? {
    switch kind {
    case .checkout: control
    case .institution: others
    case .limit, .outage, .merchant: nil
    }
  }
}

extension PaymentMix.Cell {
  /// Payments that have ended one way or the other.
  fileprivate var endedCount: Int64 { capturedCount + failedCount }
}

extension HTMLWriter {
  /// A share of failures with the numbers that it is made of.
  fileprivate mutating func failures(_ sum: (orders: Int64, failures: Int64)?) {
    guard let sum, let share = Figure.percent(sum.failures, of: sum.orders) else {
      return number(nil)
    }
    number(share, "\(Figure.grouped(sum.failures)) / \(Figure.grouped(sum.orders))")
  }

  fileprivate mutating func failures(_ count: Int64, of whole: Int64) {
    guard count > 0, let share = Figure.percent(count, of: whole) else { return number(nil) }
    number(share, Figure.grouped(count))
  }
}
