// Who pays how: the mix of institutions day by day, and by the cities of buyers and shops.

import Events
import Projections
import Text

extension DashboardPage {
  mutating func writeMixByDay() {
    let institutions = mix.institutions
    let days = paidDays
    guard !institutions.isEmpty, !days.isEmpty else { return }
    begin("half", .mixByDay, .mixByDayNote)
    writeLegend()
    var chart = StackChart(
      columns: days.map { day in
        .init(label: String(day.text.dropFirst(5)), counts: counts(day))
      })
    chart.title = words[.mixByDay]
    if let first = days.first, let last = days.last {
      chart.description = words[.mixInWords(mixInWords(first), mixInWords(last))]
    }
    for size in ChartSize.allCases { chart.draw(size, to: &html) }
    html.beginTable(
      words[.mixByDay],
      [head(.day)] + institutions.map { figures(words.name($0)) } + [figures(.captured)])
    for day in days {
      let counts = counts(day)
      let sum = counts.reduce(0, +)
      html.markup("<tr>")
      html.rowHead(day.text)
      for institution in institutions {
        html.number(Figure.percent(counts[Int(institution.rawValue) - 1], of: sum))
      }
      html.number(Figure.grouped(sum))
      html.markup("</tr>\n")
    }
    html.endTable()
    end()
  }

  /// The last days on which something was captured.
  private var paidDays: [BeijingDay] {
    let days = model.reconciliation.rows.filter { $0.capturedCount > 0 }.map(\.day)
    return Array(Array(Set(days)).sorted().suffix(DashboardPage.daysMax))
  }

  /// What was captured on a day, by institution in the order of their numbers.
  private func counts(_ day: BeijingDay) -> [Int64] {
    Institution.allCases.map { model.reconciliation.row($0, day)?.capturedCount ?? 0 }
  }

  private func mixInWords(_ day: BeijingDay) -> String {
    let counts = counts(day)
    let sum = counts.reduce(0, +)
    return words.list(
      mix.institutions.map {
        let share = Figure.percent(counts[Int($0.rawValue) - 1], of: sum) ?? "–"
        return "\(words.name($0)) \(share)"
      })
  }

  private mutating func writeLegend() {
    html.markup("<ul class=\"legend\">")
    for institution in mix.institutions {
      html.markup("<li><svg class=\"key\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">")
      html.rectangle("i\(institution.rawValue)", 0, 0, 22, 12)
      html.texture(institution, 0, 0, 22, 12)
      html.markup("</svg>")
      html.text(words.name(institution))
      html.markup("</li>")
    }
    html.markup("</ul>\n")
  }

  mutating func writeMix() {
    guard !mix.institutions.isEmpty else { return }
    begin("full", .mix, .mixNote)
    writeLegend()
    let mix = mix
    html.markup("<div class=\"pair\"><div>")
    part(.buyersCity)
    writeMix(
      .buyersCity, all: mix.counts(.all), downstream: mix.counts(.downstreamBuyers),
      upper: mix.counts(.upperBuyers)
    ) { mix.counts(buyerTier: $0) }
    html.markup("</div><div>")
    part(.shopsCity)
    writeMix(
      .shopsCity, all: mix.counts(.all), downstream: mix.counts(.downstreamMerchants),
      upper: mix.counts(.upperMerchants)
    ) { mix.counts(merchantTier: $0) }
    html.markup("</div></div>")
    end()
  }

  private mutating func writeMix(
    _ name: Label, all: [Int64], downstream: [Int64], upper: [Int64],
    of tier: (Tier) -> [Int64]
  ) {
    html.beginTable(
      words[.mix] + words.comma + words[name],
      [head(.tier), head(.share)] + mix.institutions.map { figures(words.name($0)) }
        + [figures(.captured)])
    share(words.title(.allPayments), all, "sum")
    share(words.title(.downstreamMarket), downstream, "sum")
    for row in DashboardPage.tiers where row.isDownstream { share(words.word(row), tier(row)) }
    share(words.title(.upperTiers), upper, "sum")
    for row in DashboardPage.tiers where !row.isDownstream { share(words.word(row), tier(row)) }
    html.endTable()
  }

  private mutating func share(_ name: String, _ counts: [Int64], _ style: StaticString = "") {
    let sum = counts.reduce(0, +)
    guard sum > 0 else { return }
    html.markup("<tr class=\"")
    html.markup(style)
    html.markup("\">")
    html.rowHead(name)
    barCell(
      zip(Institution.allCases, counts).map {
        ("i\($0.rawValue)", Figure.permille($1, of: sum))
      })
    for institution in mix.institutions {
      html.number(Figure.percent(counts[Int(institution.rawValue) - 1], of: sum))
    }
    html.number(Figure.grouped(sum))
    html.markup("</tr>\n")
  }
}
