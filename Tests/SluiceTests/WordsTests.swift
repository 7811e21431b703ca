// One of anything is said in the singular.

import Events
import Testing

@testable import sluice

@Suite struct WordsTests {
  @Test(arguments: [
    (1, "1 merchant"), (2, "2 merchants"), (0, "0 merchants"), (1_000, "1 000 merchants"),
  ])
  func `a number agrees with its noun`(_ number: Int, _ text: String) {
    #expect(Screen.count(number, "merchant") == text)
  }

  @Test(
    arguments: [(1, "wave 2, 1 merchant, x"), (11, "wave 2, 11 merchants, x")] as [(UInt32, String)]
  )
  func `so does the detail of an event on a screen`(_ merchants: UInt32, _ text: String) throws {
    let order = ScopedOrder(
      rollout: RolloutNumber(1), planVersion: 1, scope: .wave, tier: .unknown,
      wave: WaveNumber(2), merchants: merchants, reason: try #require(ShortText("x")),
      reasonReference: .zero)
    #expect(Screen.detail(.rollbackOrdered(order)) == text)
  }
}
