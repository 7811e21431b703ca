// What the opening did for merchants: captures, their amounts and orders in the same stratum, and
// what came through the new institution.

import Events
import Projections
import Rollout

extension DashboardPage {
  private static var day: Int128 { Int128(BeijingDay.secondsPerDay) }

  mutating func writeOpening() {
    guard let rollout, let census, rollout.start != .none else { return }
    let orders = OrdersByStratum(rollout, census)
    begin("full", .opening)
    writeCaptures(rollout, census)
    guard !orders.rows.isEmpty else {
      writeMoney(rollout, census)
      part(.byStratum)
      note(words[.noEvidence])
      return end()
    }
    html.markup("<div class=\"pair\"><div>")
    part(.byStratum)
    note(words[.openingNote])
    write(orders, rollout)
    html.markup("</div><div>")
    writeMoney(rollout, census)
    html.markup("</div></div>")
    end()
  }

  private mutating func writeCaptures(_ rollout: Projections.Rollout, _ census: MerchantCensus) {
    part(.capturesByStratum)
    note(words[.capturesNote])
    let captures = CapturesByStratum(model.opening.rows(rollout.number), census)
    guard let span = model.opening.span(rollout.number, now: context.logTime),
      !captures.rows.isEmpty
    else { return note(words[.noCaptures]) }
    note(words[.capturesSpan(Wording.time(span.from), Wording.time(span.to))])
    let amount = words.title(.orderAmount) + words[.aMerchantDay]
    html.beginTable(
      words[.capturesByStratum],
      groups: [
        .init(name: ""), .init(name: words.title(.enabledSide), isNumber: true, span: 3),
        .init(name: words.title(.notYetSide), isNumber: true, span: 3),
        .init(name: words.title(.ratio), isNumber: true, span: 2),
      ],
      [
        head(.stratum), figures(.merchantDays), figures(.capturedADay), figures(amount),
        figures(.merchantDays), figures(.capturedADay), figures(amount),
        figures(.ofCaptures), figures(.ofAmounts),
      ])
    html.markup("<tr class=\"sum\">")
    html.rowHead(words.title(.allStrata))
    for _ in 0..<6 { html.cell("") }
    for ratio in [captures.countRatio, captures.amountRatio] {
      html.number(ratio.flatMap { Figure.quotient(Int128($0), by: 1000) })
    }
    html.markup("</tr>\n")
    for row in captures.rows { write(row) }
    html.endTable()
  }

  private mutating func write(_ row: CapturesByStratum.Row) {
    html.markup("<tr>")
    html.rowHead(words.word(row.stratum.tier) + words.comma + size(row.stratum.size))
    side(row.sums.on, row.span.on)
    side(row.sums.notYet, row.span.notYet)
    let (on, notYet) = (Int128(row.span.on), Int128(row.span.notYet))
    html.number(
      Figure.quotient(
        Int128(row.sums.on.count) * notYet, by: Int128(row.sums.notYet.count) * on))
    html.number(
      row.isFull
        ? nil
        : Figure.quotient(Int128(row.sums.on.fen) * notYet, by: Int128(row.sums.notYet.fen) * on))
    html.markup("</tr>\n")
  }

  private mutating func side(_ sum: OpeningSums.Sum, _ seconds: Int64) {
    html.number(Figure.quotient(Int128(seconds), by: DashboardPage.day, decimals: 1))
    html.number(
      Figure.quotient(Int128(sum.count) * DashboardPage.day, by: Int128(seconds)),
      Figure.grouped(sum.count))
    let fen = Int128(sum.fen) * DashboardPage.day / Int128(max(1, seconds))
    html.number(
      sum.isFull ? nil : Int64(exactly: fen).map { Figure.yuan($0) },
      sum.isFull ? "" : Figure.yuan(sum.fen))
  }

  private mutating func write(_ orders: OrdersByStratum, _ rollout: Projections.Rollout) {
    let span = DashboardPage.evidenceSpan(rollout)
    note(words[.evidenceSpan(Wording.time(span.from), Wording.time(span.to))])
    let sides: [HTMLWriter.Column] = [
      .init(name: words.title(.enabledSide), isNumber: true, span: 2),
      .init(name: words.title(.notYetSide), isNumber: true, span: 2),
    ]
    html.beginTable(
      words[.byStratum], groups: [.init(name: "")] + sides + [.init(name: "")],
      [
        head(.stratum), figures(.merchantDays), figures(.ordersADay), figures(.merchantDays),
        figures(.ordersADay), figures(.ratio),
      ])
    html.markup("<tr class=\"sum\">")
    html.rowHead(words.title(.allStrata))
    for _ in 0..<4 { html.cell("") }
    html.number(orders.ratio.flatMap { Figure.quotient(Int128($0), by: 1000) })
    html.markup("</tr>\n")
    for row in orders.rows { write(row) }
    html.endTable()
  }

  private mutating func write(_ row: OrdersByStratum.Row) {
    html.markup("<tr>")
    html.rowHead(words.word(row.stratum.tier) + words.comma + size(row.stratum.size))
    side(row.on, row.span.on)
    side(row.notYet, row.span.notYet)
    html.number(
      Figure.quotient(
        Int128(row.on.orders) * Int128(row.span.notYet),
        by: Int128(row.notYet.orders) * Int128(row.span.on)))
    html.markup("</tr>\n")
  }

  private mutating func side(_ count: ArmCount, _ seconds: Int64) {
    html.number(Figure.quotient(Int128(seconds), by: DashboardPage.day, decimals: 1))
    html.number(Figure.quotient(Int128(count.orders) * DashboardPage.day, by: Int128(seconds)))
  }

  /// The usual payments a day of a size class.
  private func size(_ size: UInt8) -> String {
    guard size > 0 else { return words[.notStated] }
    let from = UInt64(1) << (size - 1)
    return words[.paymentsADay(words.count(from), words.count(from * 2 - 1))]
  }

  private mutating func writeMoney(_ rollout: Projections.Rollout, _ census: MerchantCensus) {
    part(.newMoney)
    note(words[.newMoneyNote])
    html.markup("<div class=\"money\">")
    html.beginTable(
      words[.newMoney],
      [
        head(.tier), figures(.merchantDays), figures(.capturedADay),
        figures(words.title(.orderAmount) + words[.aMerchantDay]),
      ])
    let cells = DashboardPage.tiers.map { tier in
      (
        tier, mix.cell(rollout.institution, merchantTier: tier),
        census.sinceStart[Int(tier.rawValue)].on
      )
    }
    func sum(_ isIn: (Tier) -> Bool) -> (PaymentMix.Cell, Int64) {
      cells.filter { isIn($0.0) }.reduce(into: (PaymentMix.Cell(), Int64(0))) {
        $0.0.add($1.1)
        $0.1 += $1.2
      }
    }
    money(words.title(.allTiers), sum { _ in true }, "sum")
    money(words.title(.downstreamMarket), sum { $0.isDownstream }, "sum")
    for (tier, cell, seconds) in cells { money(words.word(tier), (cell, seconds)) }
    html.endTable()
    html.markup("</div>")
  }

  private mutating func money(
    _ name: String, _ sum: (cell: PaymentMix.Cell, seconds: Int64), _ style: StaticString = ""
  ) {
    guard sum.seconds > 0 || sum.cell.capturedCount > 0 else { return }
    html.markup("<tr class=\"")
    html.markup(style)
    html.markup("\">")
    html.rowHead(name)
    let seconds = Int128(sum.seconds)
    html.number(Figure.quotient(seconds, by: DashboardPage.day, decimals: 1))
    html.number(
      Figure.quotient(Int128(sum.cell.capturedCount) * DashboardPage.day, by: seconds),
      Figure.grouped(sum.cell.capturedCount))
    let fen = seconds > 0 ? Int128(sum.cell.capturedFen) * DashboardPage.day / seconds : nil
    html.number(
      fen.flatMap { Int64(exactly: $0) }.map { Figure.yuan($0) }, Figure.yuan(sum.cell.capturedFen))
    html.markup("</tr>\n")
  }
}
