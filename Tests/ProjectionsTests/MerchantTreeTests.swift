// Which events are whose, and the tree over them.

import Events
import Merkle
import Testing

@testable import Projections

@Suite struct MerchantTreeTests {
  /// Registered shops, one that registers after its first payments, and strangers.
  private static func story() -> LogFixture {
    var log = LogFixture()
    log.add(
      .logCreated(
        LogCreated(
          origin: id("test"), clock: .wall, clockStart: LogFixture.opening, clockSpeed: 1,
          logIDLow: 3, logIDHigh: 4)))
    log.register(1)
    log.register(2)
    log.pay(.captured, "t1", merchant: 2)
    log.pay(.captured, "t2", merchant: 0, external: "late")
    log.pay(.captured, "t3", merchant: 0, external: "shop")
    log.add(
      .orderOffered(
        OrderOffered(institutions: 2, buyerTier: .t1, order: id("o"), external: id("late"))))
    log.add(
      .merchantRegistered(
        MerchantRegistered(
          platform: .tmall, tier: .t1, dailyPayments: 1, external: id("late"), category: .none,
          city: .none)), merchant: 3)
    log.pay(.captured, "t4", merchant: 3)
    log.add(
      .merchantEnabled(
        MerchantEnabled(
          rollout: RolloutNumber(1), planVersion: 1, wave: WaveNumber(1), plannedAt: log.now)),
      merchant: 1)
    let part = { (transaction: String, merchant: String) in
      PaymentCombined.Part(
        transaction: id(transaction), order: id("o-\(transaction)"), merchant: id(merchant),
        amount: Money(fen: 5))
    }
    if let combined = PaymentCombined(
      institution: .alipay, combined: id("c"),
      parts: [part("a", "shop-2"), part("b", "new"), part("c", "shop-2")])
    {
      log.add(.paymentCombined(combined))
    }
    log.add(.clockConfirmed)
    return log
  }

  /// The same by another way: a dictionary, positions as they stand in the story above.
  private static let expected: [(String, [UInt64])] = [
    ("late", [4, 6, 7, 8]), ("new", [10]), ("shop", [5]), ("shop-1", [1, 9]),
    ("shop-2", [2, 3, 10]),
  ]

  private static func fold(
    _ log: LogFixture, watching watched: String = "", cut: Int = 64
  ) throws -> MerchantHistories {
    var histories = MerchantHistories(watching: id(watched))
    try log.fold(cut: cut) { batch throws(HistoryFault) in try histories.apply(batch) }
    return histories
  }

  @Test(arguments: [1, 3, 64])
  func `each event is the merchant's that its head or its fields name`(_ cut: Int) throws {
    let log = Self.story()
    let histories = try Self.fold(log, cut: cut)
    let tree = histories.tree
    #expect(tree.count == Self.expected.count)
    var hashes: [Digest] = []
    for (index, (name, positions)) in Self.expected.enumerated() {
      let leaf = MerchantLeaf(merchant: id(name), positions: positions.map { Position($0) })
      #expect(tree.leaf(index) == leaf, "\(name)")
      hashes.append(leaf.hash)
      #expect(
        try Self.fold(log, watching: name, cut: cut).positions == positions.map { Position($0) })
    }
    let root = CompactTree(hashes.span).root
    #expect(
      histories.committed
        == MerchantTreeCommitted(size: UInt64(log.events.count), merchants: 5, root: root))
  }

  @Test func `a proof shows a merchant's leaf, or the neighbours of one that is not there`() throws
  {
    let histories = try Self.fold(Self.story())
    let (tree, root) = (histories.tree, histories.committed.root)
    let shown = { (name: String) in tree.proof(of: id(name)).map { $0.proof.index } }
    #expect(shown("late") == [0] && shown("shop-2") == [4])
    #expect(shown("a") == [0] && shown("mid") == [0, 1])
    #expect(shown("shop-") == [2, 3] && shown("z") == [4])
    for name in ["late", "a", "mid", "shop-", "z"] {
      for leaf in tree.proof(of: id(name)) {
        #expect(leaf.proof.verifies(leaf: leaf.leaf.hash, root: root))
      }
    }
    #expect(MerchantHistories().tree.proof(of: id("a")).isEmpty)
    #expect(MerchantHistories().committed.root == .emptyRoot)
  }

  @Test func `many ids that begin alike stand in the order of their bytes`() throws {
    var log = LogFixture()
    var names: [String] = []
    for number in 0..<300 {
      let name = "a-long-beginning-\(number * 7_919 % 1_000)-\(number)"
      names.append(name)
      log.pay(.captured, "t\(number)", merchant: 0, external: name)
    }
    names.append("a-long")
    log.pay(.captured, "t", merchant: 0, external: "a-long")
    let tree = try Self.fold(log).tree
    let sorted = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    #expect((0..<tree.count).map { "\(tree.leaf($0).merchant)" } == sorted)
  }

  @Test func `numbers that nobody was given, and bytes that are no event, are faults`() throws {
    var log = LogFixture()
    log.register(1)
    log.pay(.captured, "t", merchant: 2)
    #expect(throws: HistoryFault.number(Position(1), MerchantNumber(2))) { try Self.fold(log) }
    var twice = LogFixture()
    twice.register(1)
    twice.register(1)
    #expect(throws: HistoryFault.number(Position(1), MerchantNumber(1))) { try Self.fold(twice) }
  }
}
