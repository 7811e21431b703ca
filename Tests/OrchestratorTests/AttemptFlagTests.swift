// What the cashier says of orders is a fact and never refused; what is odd about it is flagged.

import Events
import Orchestrator
import Testing

@Suite struct AttemptFlagTests {
  @Test(
    arguments: [
      (-86_400, "m1", []), (300, "m1", []), (301, "m1", .occurredAhead),
      (5 * 86_400, "m1", .occurredAhead), (0, "nobody", .merchantUnknown),
      (86_400, "nobody", PolicyFlags([.merchantUnknown, .occurredAhead])),
    ] as [(Int64, String, PolicyFlags)])
  func `an order of a stranger, or of an instant to come, is recorded with its flag`(
    seconds: Int64, merchant: String, flags: PolicyFlags
  ) throws {
    let desk = try Desk.with(merchants: 1)
    let now = desk.runtime.currentTime()
    let order = OrderTimedOut(
      institution: .alipay, order: Desk.text("o"), external: Desk.text(merchant))
    var command = desk.command(.timeOutOrder(order), actor: Actor(.cashier))
    command.occurredAt = now.advanced(bySeconds: seconds)
    let receipt = try desk.runtime.submit(command)
    #expect(try desk.events(from: receipt.first).first?.header.flags == flags)
  }
}
