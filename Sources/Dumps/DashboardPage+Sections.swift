// The tables of the dashboard.

import Events
import Projections
import Text

extension DashboardPage {
  private mutating func begin(_ title: Label, _ note: Label) {
    html.markup("<section><h2>")
    html.text(words[title])
    html.markup("</h2><p>")
    html.text(words[note])
    html.markup("</p>")
  }

  /// The head of a column of words, and of one of numbers.
  private func head(_ label: Label) -> String { words.title(label) }
  private func figures(_ label: Label) -> String { "#" + words.title(label) }
  private func figures(_ institution: Institution) -> String { "#" + words.name(institution) }

  mutating func writeDays() {
    guard let rollout, rollout.windowEnd > rollout.effectiveAt else { return }
    let first = rollout.effectiveAt.beijingDay
    let last = Timestamp(nanoseconds: rollout.windowEnd.rawValue - 1).beijingDay
    let count = min(Int(last.rawValue - first.rawValue) + 1, DashboardPage.daysMax)
    let institutions = mix.institutions
    begin(.days, .daysNote)
    html.head(
      [head(.day), head(.wavesPlanned), figures(.openedThatDay), figures(.openedSoFar)]
        + institutions.map { figures($0) } + [figures(.refunded)])
    let openings = rollout.enabledByDay.reduce(Int64(0)) { $0 + Int64($1.count) }
    let whole = max(Int64(rollout.merchantsInOrder), openings)
    var opened: Int64 = 0
    for offset in 0..<count {
      let day = first.advanced(byDays: offset)
      let openedThatDay = Int64(rollout.enabledByDay.first { $0.day == day }?.count ?? 0)
      opened += openedThatDay
      let isFuture = day > context.logTime.beijingDay
      let waves = rollout.waves.filter { $0.plannedAt.beijingDay == day }
      html.markup("<tr>")
      html.cell(day.text)
      html.cell(
        waves.isEmpty ? "–" : waves.map { "\($0.number.rawValue)" }.joined(separator: ", "))
      html.number(isFuture ? nil : Figure.grouped(openedThatDay))
      html.number(
        isFuture ? nil : Figure.percent(opened, of: whole))
      var refunds: (count: Int64, fen: Int64) = (0, 0)
      for institution in institutions {
        let row = model.reconciliation.row(institution, day)
        html.count(row?.capturedCount ?? 0, fen: row?.capturedFen ?? 0)
        refunds.count += row?.refundedCount ?? 0
        refunds.fen += row?.refundedFen ?? 0
      }
      html.count(refunds.count, fen: refunds.fen)
      html.markup("</tr>\n")
    }
    html.endTable()
    html.markup("</section>\n")
  }

  mutating func writeWaves() {
    guard let rollout, !rollout.waves.isEmpty else { return }
    let count = rollout.waves.count
    begin(.waves, .haveOpened(count, max(Int(rollout.wavesPlanned), count)))
    html.head([
      head(.wave), head(.planned), head(.opened), head(.completed), figures(.merchants),
      figures(.enabled), figures(.rolledBack), "",
    ])
    for wave in rollout.waves {
      html.markup("<tr>")
      html.cell("\(wave.number.rawValue)")
      html.cell(Figure.instant(wave.plannedAt) ?? "–")
      html.cell(Figure.instant(wave.openedAt) ?? "–")
      html.cell(Figure.instant(wave.completedAt) ?? "–")
      html.number(Figure.grouped(Int64(wave.merchants)))
      html.number(Figure.grouped(Int64(wave.enabled)))
      html.number(wave.rolledBack == 0 ? nil : Figure.grouped(Int64(wave.rolledBack)))
      html.markup("<td class=\"bar\">")
      bar([("done", Figure.permille(Int64(wave.enabled), of: Int64(wave.merchants)))])
      html.markup("</td></tr>\n")
    }
    html.endTable()
    html.markup("</section>\n")
  }

  mutating func writeMix() {
    guard !mix.institutions.isEmpty else { return }
    begin(.mix, .mixNote)
    html.markup("<p class=\"legend\">")
    for institution in mix.institutions {
      html.markup("<span><span class=\"key i")
      html.text("\(institution.rawValue)")
      html.markup("\"></span>")
      html.text(words.name(institution))
      html.markup("</span>")
    }
    html.markup("</p>")
    html.head(
      ["", head(.share)] + mix.institutions.map { figures($0) } + [figures(.captured)])
    share(head(.allPayments), mix.counts(.all))
    part(.buyersCity)
    share(head(.downstreamMarket), mix.counts(.downstreamBuyers))
    share(head(.upperTiers), mix.counts(.upperBuyers))
    for tier in DashboardPage.tiers { share(words.word(tier), mix.counts(buyerTier: tier)) }
    part(.shopsCity)
    share(head(.downstreamMarket), mix.counts(.downstreamMerchants))
    share(head(.upperTiers), mix.counts(.upperMerchants))
    for tier in DashboardPage.tiers { share(words.word(tier), mix.counts(merchantTier: tier)) }
    html.endTable()
    html.markup("</section>\n")
  }

  /// The tiers in the order of markets, what is unknown last.
  private static var tiers: [Tier] { [.t1, .n1, .t2, .t3, .t4, .t5, .unknown] }

  private mutating func part(_ name: Label) {
    html.markup("<tr><td class=\"part\" colspan=\"")
    html.text("\(mix.institutions.count + 3)")
    html.markup("\">")
    html.text(words[name])
    html.markup("</td></tr>\n")
  }

  private mutating func share(_ name: String, _ counts: [Int64]) {
    let sum = counts.reduce(0, +)
    guard sum > 0 else { return }
    html.markup("<tr>")
    html.cell(name)
    html.markup("<td class=\"bar\">")
    bar(
      zip(Institution.allCases, counts).map {
        ("i\($0.rawValue)", Figure.permille($1, of: sum))
      })
    html.markup("</td>")
    for institution in mix.institutions {
      html.number(Figure.percent(counts[Int(institution.rawValue) - 1], of: sum))
    }
    html.number(Figure.grouped(sum))
    html.markup("</tr>\n")
  }

  mutating func writeFailures() {
    guard !mix.institutions.isEmpty else { return }
    begin(.failures, .failuresNote)
    html.head(
      [head(.institution), figures(.captured), figures(.failed), figures(.share)]
        + PaymentMix.FailureColumn.allCases.map { "#" + words.word($0) })
    for institution in mix.institutions {
      let cell = mix.total(institution)
      html.markup("<tr>")
      html.cell(words.name(institution))
      html.number(Figure.grouped(cell.capturedCount))
      html.number(Figure.grouped(cell.failedCount))
      html.number(
        Figure.percent(cell.failedCount, of: cell.capturedCount + cell.failedCount))
      for column in PaymentMix.FailureColumn.allCases {
        let count = cell.failed[column.rawValue]
        html.number(count == 0 ? nil : Figure.grouped(count))
      }
      html.markup("</tr>\n")
    }
    html.endTable()
    html.markup("</section>\n")
  }

  mutating func writeDiscrepancies() {
    let all = model.discrepancies.count
    let shown = min(all, DashboardPage.rowsMax)
    begin(.discrepancies, all == 0 ? .none : .firstOf(shown, Figure.grouped(Int64(all))))
    if all > 0 {
      html.head([
        figures(.position), head(.what), head(.institution), head(.transaction), head(.merchant),
        figures(.orderAmount), head(.logged), head(.state),
      ])
      var rows: [Discrepancies.Row] = []
      model.discrepancies.forEach { row in
        rows.append(row)
        return rows.count < DashboardPage.rowsMax
      }
      for row in rows { write(row) }
      html.endTable()
    }
    html.markup("</section>\n")
  }

  private mutating func write(_ row: Discrepancies.Row) {
    html.markup("<tr>")
    html.number("\(row.position.rawValue)")
    html.cell(words.flag(row.flagName))
    html.cell(words.name(row.institution))
    html.cell("\(row.transaction)")
    html.cell("\(row.merchant == .none ? row.external : model.merchants.external(row.merchant))")
    let isForeign = row.flag == .foreignCurrency
    html.number(isForeign ? "\(row.amountFen)" : Figure.yuan(row.amountFen))
    html.cell(Figure.instant(row.logTime) ?? "–")
    html.cell(words[row.isOpen ? .open : .resolved(row.resolvedAt.rawValue)])
    html.markup("</tr>\n")
  }

  mutating func writeTimeline() {
    let rows = model.timeline.rows
    let shown = rows.suffix(DashboardPage.rowsMax)
    begin(.timeline, rows.isEmpty ? .nothingYet : .lastOf(shown.count, rows.count))
    if !rows.isEmpty {
      html.head([figures(.position), head(.time), head(.what), head(.by), head(.details)])
      for row in shown.reversed() {
        html.markup("<tr>")
        html.number("\(row.position.rawValue)")
        html.cell(Figure.instant(row.logTime) ?? "–")
        html.cell(words.word(row.kind))
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
      html.endTable()
    }
    html.markup("</section>\n")
  }
}
