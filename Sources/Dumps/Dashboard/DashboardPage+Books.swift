// The books: what each institution captured and refunded day by day, discrepancies, and the latest
// events with who and why.

import Events
import Projections
import Text

extension DashboardPage {
  mutating func writeReconciliation() {
    let rows = model.reconciliation.rows
    guard !rows.isEmpty else { return }
    let all = Array(Set(rows.map(\.day))).sorted()
    let days = all.suffix(DashboardPage.daysMax)
    let institutions = Institution.allCases.filter { one in rows.contains { $0.institution == one }
    }
    begin("full", .reconciliation, .reconciliationNote)
    if days.count < all.count { note(words[.lastDays(days.count, all.count)]) }
    html.beginTable(
      words[.reconciliation],
      [head(.day)] + institutions.map { figures(words.name($0)) }
        + [figures(.captured), figures(.refunded), figures(.netAmount), figures(.apart)])
    var sum = DaySum(institutions.count)
    for day in days {
      var one = DaySum(institutions.count)
      for (place, institution) in institutions.enumerated() {
        guard let row = model.reconciliation.row(institution, day) else { continue }
        one.add(row, at: place)
        sum.add(row, at: place)
      }
      write(one, day.text, "")
    }
    write(sum, words.title(.total), "sum")
    html.endTable()
    end()
  }

  private mutating func write(_ sum: DaySum, _ name: String, _ style: StaticString) {
    html.markup("<tr class=\"")
    html.markup(style)
    html.markup("\">")
    html.rowHead(name)
    for institution in sum.captured { html.count(institution.count, fen: institution.fen) }
    let captured = sum.captured.reduce(into: DaySum.Amount()) { $0 += $1 }
    html.count(captured.count, fen: captured.fen)
    html.count(sum.refunded.count, fen: sum.refunded.fen)
    html.number(Figure.yuan(captured.fen &- sum.refunded.fen))
    html.count(sum.apart.count, fen: sum.apart.fen)
    html.markup("</tr>\n")
  }

  mutating func writeDiscrepancies() {
    let all = model.discrepancies.count
    let rows = model.discrepancies.latestOpen(DashboardPage.discrepanciesMax)
    begin("full", .discrepancies)
    note(
      words[
        all == 0
          ? .none
          : .latestOpen(
            rows.count, Figure.grouped(Int64(model.discrepancies.openCount)),
            Figure.grouped(Int64(all)))])
    if all > 0 {
      writeFlags()
    }
    if !rows.isEmpty {
      part(.latestOpenOnes)
      html.beginTable(
        words[.latestOpenOnes],
        [
          figures(.position), head(.what), head(.institution), head(.transaction), head(.merchant),
          figures(.orderAmount), head(.logged),
        ])
      for row in rows { write(row) }
      html.endTable()
    }
    end()
  }

  /// How many of each sort are open at each institution, of how many that were found.
  private mutating func writeFlags() {
    let counts = model.discrepancies.countByFlag()
    let institutions = Institution.allCases.filter { one in
      counts.contains { $0.institution == one }
    }
    html.beginTable(
      words[.openOfFound],
      [head(.what)] + institutions.map { figures(words.name($0)) } + [figures(.total)])
    var written: [String] = []
    for flag in counts.map(\.flagName) where !written.contains(flag) {
      written.append(flag)
      let same = counts.filter { $0.flagName == flag }
      html.markup("<tr>")
      html.rowHead(words.flag(flag))
      for institution in institutions {
        if let count = same.first(where: { $0.institution == institution }) {
          openOfFound(count.open, count.all)
        } else {
          html.number(nil)
        }
      }
      openOfFound(same.reduce(0) { $0 + $1.open }, same.reduce(0) { $0 + $1.all })
      html.markup("</tr>\n")
    }
    html.endTable()
  }

  private mutating func openOfFound(_ open: Int, _ found: Int) {
    html.number(Figure.grouped(Int64(open)), "/ \(Figure.grouped(Int64(found)))")
  }

  private mutating func write(_ row: Discrepancies.Row) {
    html.markup("<tr>")
    html.number("\(row.position.rawValue)")
    html.rowHead(words.flag(row.flagName))
    html.cell(words.name(row.institution))
    html.cell("\(row.transaction)")
    html.cell("\(row.merchant == .none ? row.external : model.merchants.external(row.merchant))")
    let isForeign = row.flag == .foreignCurrency
    html.number(isForeign ? "\(row.amountFen)" : Figure.yuan(row.amountFen))
    html.cell(Figure.instant(row.logTime) ?? "–")
    html.markup("</tr>\n")
  }

  mutating func writeTimeline() {
    let rows = model.timeline.rows
    let shown = rows.suffix(DashboardPage.rowsMax)
    begin("full", .timeline, rows.isEmpty ? .nothingYet : .lastOf(shown.count, rows.count))
    if !rows.isEmpty {
      html.beginTable(
        words[.timeline],
        [figures(.position), head(.time), head(.what), head(.by), head(.details)])
      for row in shown.reversed() { write(row) }
      html.endTable()
    }
    end()
  }

  private mutating func write(_ row: Timeline.Row) {
    html.markup("<tr>")
    html.number("\(row.position.rawValue)")
    html.cell(Figure.instant(row.logTime) ?? "–")
    html.rowHead(words.word(row.kind))
    let actor = words.word(row.actor.kind)
    html.cell(row.actor.id == 0 ? actor : "\(actor) \(row.actor.id)")
    html.markup("<td class=\"words\">")
    var details: [String] = []
    if row.wave != .none, row.kind != .merchantEnabled {
      details.append(words[.wave(row.wave.rawValue)])
    }
    if row.merchant != .none { details.append("\(model.merchants.external(row.merchant))") }
    let detail = cited[row.position].map { words.detail($0) } ?? row.detail
    if !detail.isEmpty { details.append(detail) }
    html.text(details.joined(separator: words.comma))
    html.markup("</td></tr>\n")
  }
}

/// What the institutions captured and refunded on a day, or on several.
private struct DaySum {
  struct Amount {
    var count: Int64 = 0
    var fen: Int64 = 0

    static func += (left: inout Self, right: Self) {
      left.count &+= right.count
      left.fen &+= right.fen
    }
  }

  /// By institution.
  var captured: [Amount]
  var refunded = Amount()
  var apart = Amount()

  init(_ institutions: Int) { captured = Array(repeating: Amount(), count: institutions) }

  mutating func add(_ row: Reconciliation.Row, at place: Int) {
    captured[place] += Amount(count: row.capturedCount, fen: row.capturedFen)
    refunded += Amount(count: row.refundedCount, fen: row.refundedFen)
    apart += Amount(count: row.apartCount, fen: row.apartFen)
  }
}
