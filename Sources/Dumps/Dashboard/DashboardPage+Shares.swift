// Who is on: the enabled share by platform, tier and category.

import Events
import Projections
import Rollout

extension DashboardPage {
  /// The most categories in rows of their own.
  private static var categoriesMax: Int { 10 }

  mutating func writeShares() {
    guard let census else { return }
    begin("half", .shares, .sharesNote)
    html.beginTable(
      words[.shares],
      [head(.merchants), head(.share), figures("%"), figures(.onNow), figures(.all)])
    group(.byPlatform)
    for platform in ShopPlatform.allCases {
      share(words.word(platform), census.platforms[Int(platform.rawValue)])
    }
    group(.byTier)
    let tiers = census.tiers
    let downstream = DashboardPage.tiers.filter { $0.isDownstream }
    share(
      words.title(.downstreamMarket),
      downstream.reduce(into: .init()) { $0 += tiers[Int($1.rawValue)] })
    for tier in DashboardPage.tiers { share(words.word(tier), tiers[Int(tier.rawValue)]) }
    writeCategories(census.categories(of: model.merchants))
    html.endTable()
    end()
  }

  private mutating func writeCategories(
    _ categories: [(name: ShortText, count: MerchantCensus.Count)]
  ) {
    guard !categories.isEmpty else { return }
    group(.byCategory)
    let isLong = categories.count > DashboardPage.categoriesMax + 1
    let shown = isLong ? DashboardPage.categoriesMax : categories.count
    for category in categories.prefix(shown) {
      share(category.name.isEmpty ? words[.notStated] : "\(category.name)", category.count)
    }
    guard isLong else { return }
    let rest = categories.dropFirst(shown)
    share(words[.otherCategories(rest.count)], rest.reduce(into: .init()) { $0 += $1.count })
  }

  /// A row that names those below it.
  private mutating func group(_ name: Label) {
    html.markup("<tr><th class=\"part\" scope=\"rowgroup\" colspan=\"5\">")
    html.text(words[name])
    html.markup("</th></tr>\n")
  }

  private mutating func share(_ name: String, _ count: MerchantCensus.Count) {
    guard count.all > 0 else { return }
    let (on, all) = (Int64(count.on), Int64(count.all))
    html.markup("<tr>")
    html.rowHead(name)
    barCell([("done", Figure.permille(on, of: all))])
    html.number(Figure.percent(on, of: all))
    html.number(Figure.grouped(on))
    html.number(Figure.grouped(all))
    html.markup("</tr>\n")
  }
}
