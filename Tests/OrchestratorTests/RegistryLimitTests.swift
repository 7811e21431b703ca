// The registry names a bounded number of categories and cities; what goes beyond is refused.

import Events
import Projections
import Testing

@testable import Orchestrator

@Suite struct RegistryLimitTests {
  private func merchant(_ name: String, _ category: String, _ city: String) -> MerchantRegistered {
    MerchantRegistered(
      platform: .tmall, tier: .t1, dailyPayments: 1, external: Desk.text(name),
      category: Desk.text(category), city: Desk.text(city))
  }

  private func refusal(_ fields: MerchantRegistered, _ state: DecisionState) -> Refusal? {
    var decision = Decision()
    let command = Command(
      id: CommandID(low: 1, high: 1), digest: 1, actor: .system, body: .registerMerchant(fields))
    do throws(Refusal) {
      try decide(command, in: state, at: Desk.midnight, into: &decision)
      return nil
    } catch { return error }
  }

  @Test func `a category or a city too many is refused, for new merchants and for known ones`()
    throws
  {
    var state = DecisionState()
    var number: UInt32 = 0
    while state.book.hasWords(Desk.text("x"), Desk.text("y")) {
      number += 1
      let header = EventHeader(logTime: Desk.midnight, merchant: MerchantNumber(number))
      try state.apply(
        Event(header, .merchantRegistered(merchant("m\(number)", "c\(number)", "t\(number)"))))
    }
    #expect(number > 30_000)
    #expect(refusal(merchant("new", "other", "t1"), state) == .merchantsTooMany)
    #expect(refusal(merchant("m1", "other", "t1"), state) == .merchantsTooMany)
    #expect(refusal(merchant("new", "c1", "t1"), state) == nil)
    #expect(refusal(merchant("m1", "c2", "t2"), state) == nil)
    let header = EventHeader(logTime: Desk.midnight, merchant: MerchantNumber(number + 1))
    try state.apply(Event(header, .merchantRegistered(merchant("new", "c1", "t1"))))
  }
}
