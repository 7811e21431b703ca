import Events
import Institutions
import Testing

@Suite struct StatementComparisonTests {
  /// A payment of the log beside the trade that it is.
  struct Logged {
    var trade: Trade
    var position: Position
    var isCounted = true
  }

  private static func statement(_ trades: [Trade], _ institution: Institution) throws -> Statement {
    let bytes = institution == .weChatPay ? BillWriter.weChat(trades) : BillWriter.alipay(trades)
    var statement = Statement(institution, BillWriter.day)
    for line in try BillWriter.read(bytes, institution) { statement.append(line) }
    return statement
  }

  private static func compare(_ statement: Statement, _ log: [Logged]) -> StatementComparison {
    var comparison = StatementComparison(statement)
    for logged in log {
      let trade = logged.trade
      let transaction = Array(trade.transaction.utf8)
      let order = Array(trade.order.utf8)
      let refund = Array(trade.refund.utf8)
      comparison.take(
        LoggedPayment(
          position: logged.position, kind: trade.kind, amount: Money(fen: trade.fen),
          instant: trade.instant, isCounted: logged.isCounted),
        transaction: unsafe transaction.span.bytes, order: unsafe order.span.bytes,
        refund: unsafe refund.span.bytes)
    }
    return comparison
  }

  private static func findings(_ comparison: StatementComparison) -> [StatementFinding] {
    var found: [StatementFinding] = []
    comparison.forEachFinding { found.append($0) }
    return found
  }

  private static let capture = Trade()
  private static let refund = Trade(
    kind: .refunded, refund: "5000001", merchantRefund: "REF-1", fen: 250)

  @Test func `A refund is found by the institution's id and by the merchant's`() throws {
    let statement = try Self.statement([Self.refund], .weChatPay)
    var other = Self.refund
    other.refund = "REF-1"
    for trade in [Self.refund, other] {
      let comparison = Self.compare(statement, [Logged(trade: trade, position: Position(7))])
      #expect(comparison.sums(.refunded).closes)
    }
  }

  @Test func `What is kept apart stands for no line and is shown`() throws {
    let comparison = Self.compare(
      try Self.statement([Self.capture], .weChatPay),
      [Logged(trade: Self.capture, position: Position(3), isCounted: false)])
    let found = Self.findings(comparison)
    #expect(found.map(\.sort) == [.missingHere])
    #expect(found[0].isApart)
    #expect(found[0].position == Position(3))
  }

  @Test func `A counted notice goes before one that is kept apart`() throws {
    let apart = Logged(trade: Self.capture, position: Position(3), isCounted: false)
    let counted = Logged(trade: Self.capture, position: Position(4))
    let statement = try Self.statement([Self.capture], .weChatPay)
    for log in [[apart, counted], [counted, apart]] {
      #expect(Self.compare(statement, log).sums(.captured).closes)
    }
  }

  @Test func `Two differences that cancel each other close nothing`() throws {
    var (low, high) = (Self.capture, Self.capture)
    high.transaction = "4200000002"
    let statement = try Self.statement([low, high], .weChatPay)
    low.fen += 5
    high.fen -= 5
    let log = [Logged(trade: low, position: .zero), Logged(trade: high, position: Position(1))]
    let sums = Self.compare(statement, log).sums(.captured)
    #expect(sums.log.fen == sums.statement.fen)
    #expect(sums.balances)
    #expect(!sums.closes)
  }

  @Test func `A statement of another day says of which`() throws {
    var trade = Self.capture
    trade.instant = BillWriter.day.start.advanced(bySeconds: -1)
    let statement = try Self.statement([trade], .weChatPay)
    #expect(statement.strayCount == 1)
    #expect(statement.strayDay == BillWriter.day.advanced(byDays: -1))
  }

  private static func adjustment(
    _ fen: Int64, _ transaction: String, day: BeijingDay = BillWriter.day
  ) -> PaymentAdjusted {
    PaymentAdjusted(
      institution: .weChatPay, transaction: ExternalID(transaction) ?? .none, day: day,
      amount: Money(fen: fen), reason: .none, evidence: .zero)
  }

  @Test(
    arguments: [
      // The statement has 1250 captured of one transaction, the log 1200 of another.
      ([(1250, "4200000001", 0), (-1200, "t-2", 0)], true),
      ([(1000, "4200000001", 0), (250, "4200000001", 0), (-1200, "t-2", 0)], true),
      ([(1250, "4200000001", 0)], false),
      ([(1250, "4200000001", 0), (-1200, "t-2", 1)], false),
      ([(50, "", 0)], false),
      ([(1250, "4200000001", 0), (-1200, "t-2", 0), (1, "", 0)], false),
      ([(1250, "4200000001", 0), (-1200, "t-2", 0), (1, "t-3", 0)], false),
      ([], false),
    ] as [([(Int64, String, Int)], Bool)])
  func `A day closes where each finding is answered by its own adjustments, and the sums agree`(
    adjustments: [(fen: Int64, transaction: String, dayOffset: Int)], closes: Bool
  ) throws {
    let statement = try Self.statement([Self.capture], .weChatPay)
    let other = Trade(transaction: "t-2", fen: 1200)
    var comparison = Self.compare(statement, [Logged(trade: other, position: Position(5))])
    for adjustment in adjustments {
      comparison.take(
        Self.adjustment(
          adjustment.fen, adjustment.transaction,
          day: BillWriter.day.advanced(byDays: adjustment.dayOffset)))
    }
    #expect(comparison.closes == closes)
  }

  @Test func `A refund that is missing here makes the net of the statement less`() throws {
    var comparison = Self.compare(try Self.statement([Self.refund], .weChatPay), [])
    comparison.take(Self.adjustment(-250, Self.refund.transaction))
    #expect(comparison.closes)
  }

  /// Damages a clean pair of log and statement, and says what must be found of it.
  struct Damage {
    var log: [Logged] = []
    var bill: [Trade] = []
    var expected: [String: StatementSort] = [:]

    init(seed: UInt64, dice: inout Dice) {
      for index in 0..<60 + dice.below(60) {
        var trade = Trade(transaction: "42\(seed)x\(index)", order: "order-\(index)")
        trade.fen = Int64(1 + dice.below(1_000_000))
        trade.instant = BillWriter.day.start.advanced(bySeconds: Int64(dice.below(86_400)))
        add(trade, "\(index)", &dice)
        guard dice.below(3) == 0 else { continue }
        // A refund of the same transaction is another money.
        trade.kind = .refunded
        trade.refund = "5\(index)"
        trade.merchantRefund = "REF-\(index)"
        add(trade, "r\(index)", &dice)
      }
    }

    private mutating func add(_ trade: Trade, _ name: String, _ dice: inout Dice) {
      var (logged, billed) = (trade, trade)
      // Alipay names refunds by the merchant's id.
      if trade.kind == .refunded, dice.below(2) == 0 { logged.refund = trade.merchantRefund }
      let position = Position(UInt64(log.count * 3))
      let key = trade.kind.name + trade.transaction
      switch dice.below(12) {
      case 0:
        expected[key] = .missingHere
        bill.append(billed)
        return
      case 1:
        expected[key] = .missingThere
        log.append(Logged(trade: logged, position: position))
        return
      case 2:
        expected[key] = .amountDiffers
        billed.fen += Int64(1 + dice.below(50))
      case 3:
        expected[key] = .dayDiffers
        let days = [-1, 1, 30][dice.below(3)]
        logged.instant = logged.instant.advanced(bySeconds: Int64(days) * 86_400)
      case 4:
        expected[key] = .repeated
        bill.append(billed)
      default: break
      }
      bill.append(billed)
      log.append(Logged(trade: logged, position: position))
    }
  }

  @Test(arguments: 0..<UInt64(300))
  func `Each damage is found and nothing else, and the sums close`(seed: UInt64) throws {
    var dice = Dice(seed)
    let damage = Damage(seed: seed, dice: &dice)
    var shuffled = damage.log
    for index in shuffled.indices { shuffled.swapAt(index, dice.below(shuffled.count)) }
    let statement = try Self.statement(damage.bill, .weChatPay)
    let comparison = Self.compare(statement, shuffled)
    var found: [String: StatementSort] = [:]
    for finding in Self.findings(comparison) {
      found[finding.kind.name + finding.transaction.description] = finding.sort
      #expect((finding.line != nil) == (finding.sort != .missingThere))
      #expect((finding.position != .none) == (finding.sort != .missingHere))
      if let line = finding.line {
        #expect(damage.bill[line - 2].transaction == finding.transaction.description)
      }
      let logged = damage.log.first { $0.position == finding.position }
      if let logged { #expect(logged.trade.transaction == finding.transaction.description) }
    }
    #expect(found == damage.expected)
    for kind in StatementKind.allCases {
      let sums = comparison.sums(kind)
      #expect(sums.balances)
      #expect(
        sums.statement.fen
          == damage.bill.filter { $0.kind == kind }.reduce(0) { $0 + $1.fen })
      #expect(
        sums.log.fen
          == damage.log.filter { $0.trade.kind == kind }
          .filter { $0.trade.instant.beijingDay == BillWriter.day }
          .reduce(0) { $0 + $1.trade.fen })
      let isClean = damage.expected.allSatisfy { !$0.key.hasPrefix(kind.name) }
      #expect(sums.closes == isClean)
    }
    #expect(comparison.closes == damage.expected.isEmpty)
  }
}
