// The table of a payment's life in ARCHITECTURE.md, cell by cell, against the real `decide`.

import Events
import Orchestrator
import Platform
import Projections
import Support
import Testing

@Suite struct PaymentTableTests {
  private static let begin = "<!-- life of a payment: begin -->"
  private static let end = "<!-- life of a payment: end -->"

  /// A notice of transaction `t`, which pays 100 for order `o` of merchant `m1`.
  private static func notice(
    _ outcome: Outcome, _ fen: Int64 = 100, _ refund: String = "", sum: Bool = false,
    _ change: (inout Payment) -> Void = { _ in }
  ) -> Payment {
    var payment = Payment(
      outcome: outcome, orderedAt: Desk.midnight, orderAmount: Money(fen: fen),
      paidAmount: Money(fen: fen), institution: .alipay,
      failureClass: outcome == .failed ? .payer : .none, refundBasis: sum ? .sum : .single,
      transaction: Desk.text("t"), order: Desk.text("o"), refund: Desk.text(refund),
      external: Desk.text("m1"))
    change(&payment)
    return payment
  }

  private static let states: [(name: String, notices: [Payment])] = [
    ("nothing known", []),
    ("pending", [notice(.pending)]),
    ("authorised", [notice(.authorised)]),
    ("failed", [notice(.failed)]),
    ("closed", [notice(.closed)]),
    ("refund of 40 waits", [notice(.refunded, 40, "a")]),
    ("sum of 40 waits", [notice(.refunded, 40, "a", sum: true)]),
    ("captured", [notice(.captured)]),
    ("captured, 40 refunded", [notice(.captured), notice(.refunded, 40, "a")]),
    ("captured, a sum of 40", [notice(.captured), notice(.refunded, 40, "a", sum: true)]),
    ("captured, all refunded", [notice(.captured), notice(.refunded, 100, "a")]),
  ]

  private static let steps: [(name: String, payment: Payment)] = [
    ("pending", notice(.pending)), ("authorised", notice(.authorised)),
    ("captured", notice(.captured)), ("failed", notice(.failed)), ("closed", notice(.closed)),
    ("captured, order failed", notice(.captured) { $0.code = Desk.text("74") }),
  ]

  private static let refunds: [(name: String, payment: Payment)] = [
    ("refund b of 60", notice(.refunded, 60, "b")),
    ("refund a of 40", notice(.refunded, 40, "a")),
    ("refund a of 41", notice(.refunded, 41, "a")),
    ("refund b of 101", notice(.refunded, 101, "b")),
    ("sum of 60", notice(.refunded, 60, "b", sum: true)),
    ("sum of 40", notice(.refunded, 40, "c", sum: true)),
    ("sum of 30", notice(.refunded, 30, "d", sum: true)),
    ("sum of 101", notice(.refunded, 101, "b", sum: true)),
  ]

  private static let others: [(name: String, payment: Payment)] = [
    ("captured 101", notice(.captured, 101)),
    ("captured in USD", notice(.captured) { $0.currency = 840 }),
    ("captured for another order", notice(.captured) { $0.order = Desk.text("o2") }),
    ("captured at another merchant", notice(.captured) { $0.external = Desk.text("m2") }),
    ("captured at a stranger", notice(.captured) { $0.external = Desk.text("stranger") }),
    (
      "another transaction captures the order",
      notice(.captured) { $0.transaction = Desk.text("t2") }
    ),
    ("another institution captures the order", notice(.captured) { $0.institution = .card }),
  ]

  /// What a notice leads to: the state of transaction `t`, then the flags, then whether its amount
  /// is kept apart.
  private static func cell(_ payment: Payment, after notices: [Payment]) throws -> String {
    let desk = try Desk()
    try desk.send(.createLog(Desk.created, openToAll: Institution.allCases))
    for merchant in ["m1", "m2"] { try desk.register(merchant) }
    try desk.goTo(hour: 13)
    var life = PaymentLife()
    var flags: PolicyFlags = []
    for notice in notices + [payment] {
      let first = desk.state.next
      _ = try desk.runtime.submit(
        StoryNotice(payment: notice, occurredAt: desk.runtime.currentTime())
          .command(id: "\(first.rawValue)"))
      let event = try #require(try desk.events(from: first).first)
      guard case .payment(let recorded) = event.payload else { continue }
      flags = event.header.flags
      if recorded.transaction == Desk.text("t"), recorded.institution == .alipay {
        life.take(recorded, flags)
      }
    }
    var words = [life.state.rawValue]
    words += PolicyFlags.names.filter { flags.contains($0.flag) }.map { "`\($0.name)`" }
    if PaymentRules.treatment(of: payment.outcome, flags) == .apart { words.append("apart") }
    return words.joined(separator: " ")
  }

  private static func table(_ columns: [(name: String, payment: Payment)]) throws -> [String] {
    ["| transaction | \(columns.map(\.name).joined(separator: " | ")) |"]
      + ["|\(String(repeating: "---|", count: columns.count + 1))"]
      + (try states.map { state in
        let cells = try columns.map { try cell($0.payment, after: state.notices) }
        return "| \(([state.name] + cells).joined(separator: " | ")) |"
      }) + [""]
  }

  @Test func `ARCHITECTURE says of every notice in every state of a payment what decide does`()
    throws
  {
    var input = try InputFile(PackageRoot.path("ARCHITECTURE.md"))
    let lines = String(decoding: try input.readAll(limit: 1 << 20), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let begin = try #require(lines.firstIndex(of: PaymentTableTests.begin))
    let end = try #require(lines.firstIndex(of: PaymentTableTests.end))
    try #require(begin < end)
    let printed = Array(lines[(begin + 1)..<end])
    let wanted =
      try [""] + PaymentTableTests.table(PaymentTableTests.steps)
      + PaymentTableTests.table(PaymentTableTests.refunds)
      + PaymentTableTests.table(PaymentTableTests.others)
    for (row, line) in wanted.enumerated() where row >= printed.count || printed[row] != line {
      Issue.record("line \(begin + 2 + row) must be: \(line)")
    }
    #expect(printed.count == wanted.count)
  }
}
