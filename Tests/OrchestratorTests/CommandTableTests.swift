// The table of commands and states in ARCHITECTURE.md, cell by cell, against the real `decide`: the
// document cannot say what the product does not do.

import Events
import Orchestrator
import Platform
import Projections
import Support
import Testing

@Suite struct CommandTableTests {
  private static let begin = "<!-- commands and states: begin -->"
  private static let end = "<!-- commands and states: end -->"
  private static let p = RolloutState.plan
  private static let m1 = Desk.text("m1")

  private typealias Column = (name: String, body: @Sendable (Desk) -> Command.Body)

  /// Whom an order of one merchant names: somebody who is on, else somebody who was rolled back.
  private static func merchant(_ desk: Desk) -> ExternalID {
    let states = (1...4 as ClosedRange<UInt32>).map { desk.standing($0) }
    let row = states.firstIndex { $0.isOn } ?? states.firstIndex(of: .rolledBack) ?? 0
    return Desk.text("m\(row + 1)")
  }

  private static let steps: [Column] = [
    ("consult", { _ in .consult(document: Desk.plan()) }),
    ("announce", { _ in .announce(document: Desk.plan()) }),
    ("approve", { _ in .approve(plan: p, role: p) }),
    ("start", { _ in .start(plan: p) }),
    ("pause", { _ in .pause(plan: p, Desk.reason) }),
    ("resume", { _ in .resume(plan: p, Desk.reason) }),
    ("abort", { _ in .abort(plan: p, Desk.reason) }),
  ]

  private static let scopes: [(String, @Sendable (Desk) -> Command.Scope)] = [
    ("all", { _ in .all }), ("wave", { _ in .wave(WaveNumber(1)) }), ("tier", { _ in .tier(.t3) }),
    ("category", { _ in .category(Desk.text("books")) }),
    ("merchant", { .merchant(merchant($0)) }),
  ]

  private static let orders: [Column] =
    scopes.map { name, scope in
      ("roll back \(name)", { .rollBack(plan: p, scope($0), Desk.reason) })
    }
    + scopes.map { name, scope in
      ("reinstate \(name)", { .reinstate(plan: p, scope($0), Desk.reason) })
    }

  private static let merchants: [Column] = [
    ("exclude", { _ in .excludeMerchant(m1, plan: p, Desk.reason) }),
    ("merchant reinstate", { _ in .reinstateMerchant(m1, plan: p) }),
    ("close", { _ in .closeMerchant(m1, Desk.reason) }),
    (
      "import again",
      { _ in
        .registerMerchant(
          MerchantRegistered(
            platform: .tmall, tier: .t1, dailyPayments: 9, external: m1,
            category: Desk.text("tea"), city: Desk.text("city")))
      }
    ),
    ("roll back merchant", { _ in .rollBack(plan: p, .merchant(m1), Desk.reason) }),
    ("reinstate merchant", { _ in .reinstate(plan: p, .merchant(m1), Desk.reason) }),
  ]

  /// What a command leads to: its events, that it is so already, or the number of a refusal.
  private static func cell(_ column: Column, _ desk: Desk) -> String {
    var decision = Decision()
    do throws(Refusal) {
      try decide(
        desk.command(column.body(desk)), in: desk.state, at: desk.runtime.currentTime(),
        into: &decision)
    } catch { return "\(error.number)" }
    if decision.standing != nil { return "so already" }
    return decision.events.map { "`\($0.kind.name)`" }.joined(separator: " ")
  }

  private static func table(
    _ first: String, _ columns: [Column], _ rows: [(name: String, desk: Desk)]
  ) -> [String] {
    let names = columns.map(\.name)
    return ["| \(([first] + names).joined(separator: " | ")) |"]
      + ["|\(String(repeating: "---|", count: columns.count + 1))"]
      + rows.map { row in
        let cells = columns.map { cell($0, row.desk) }
        return "| \(([row.name] + cells).joined(separator: " | ")) |"
      } + [""]
  }

  private static func tables() throws -> [String] {
    let rollouts = try RolloutState.allCases.map { ($0.rawValue, try $0.desk()) }
    let places = try MerchantPlace.allCases.map { ($0.rawValue, try $0.desk()) }
    return [""] + table("rollout", steps, rollouts) + table("rollout", orders, rollouts)
      + table("merchant", merchants, places)
  }

  @Test func `ARCHITECTURE says of every command in every state what decide does`() throws {
    var input = try InputFile(PackageRoot.path("ARCHITECTURE.md"))
    let lines = String(decoding: try input.readAll(limit: 1 << 20), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let begin = try #require(lines.firstIndex(of: CommandTableTests.begin))
    let end = try #require(lines.firstIndex(of: CommandTableTests.end))
    try #require(begin < end)
    let printed = Array(lines[(begin + 1)..<end])
    let wanted = try CommandTableTests.tables()
    for (row, line) in wanted.enumerated() where row >= printed.count || printed[row] != line {
      Issue.record("line \(begin + 2 + row) must be: \(line)")
    }
    #expect(printed.count == wanted.count)
  }

  @Test(arguments: RolloutState.allCases)
  func `a pause and an abort are taken in every state that has an opening, twice as well as once`(
    state: RolloutState
  ) throws {
    let desk = try state.desk()
    let isOver = state != .none && !desk.rollout.isActive
    guard state != .none, !isOver else { return }
    for body in [
      Command.Body.pause(plan: CommandTableTests.p, Desk.reason),
      .abort(plan: CommandTableTests.p, Desk.reason),
    ] {
      let first = try desk.runtime.accept(desk.command(body))
      try desk.flush()
      desk.clock.advance(byNanoseconds: 3_600_000_000_000)
      let end = desk.state.next
      let command = desk.command(body)
      let again = try desk.runtime.accept(command)
      #expect(desk.state.next == end && desk.runtime.hasOpenBatch == false)
      #expect(again.receipt == first.receipt)
      let since = try #require(again.since)
      let event = try #require(try desk.events(from: again.receipt.first).first)
      #expect(event.header.logTime == since)
      #expect([.rolloutPaused, .rolloutAborted].contains(event.kind))
      #expect(try desk.runtime.accept(command) == again, "a repeat hears the same")
    }
  }
}
