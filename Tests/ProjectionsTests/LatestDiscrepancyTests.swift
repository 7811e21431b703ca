// The open discrepancies, the latest first.

import Events
import Testing

@testable import Projections

@Suite struct LatestDiscrepancyTests {
  private func model() throws -> ReadModel {
    var log = LogFixture()
    log.register(1)
    log.pay(fen: 100, "tx-1", flags: .notOpen)
    log.pay(fen: 100, "tx-2", flags: [.notOpen, .late])
    log.pay(.refunded, fen: 50, "tx-3", flags: .refundBeforeCapture)
    log.pay(fen: 100, "tx-3")
    return try log.model()
  }

  @Test func `what is closed is passed over, and the latest come first`() throws {
    let model = try model()
    let open = model.discrepancies.latestOpen(10)
    #expect(open.count == model.discrepancies.openCount)
    #expect(open.allSatisfy { $0.isOpen })
    #expect(open.map { "\($0.transaction)" } == ["tx-2", "tx-1"])
    var all: [Discrepancies.Row] = []
    model.discrepancies.forEach {
      all.append($0)
      return true
    }
    #expect(open == all.filter { $0.isOpen }.reversed())
    #expect(all.contains { !$0.isOpen })
  }

  @Test(arguments: [0, 1, 2]) func `no more are made than are asked for`(count: Int) throws {
    #expect(try model().discrepancies.latestOpen(count).count == count)
  }
}
