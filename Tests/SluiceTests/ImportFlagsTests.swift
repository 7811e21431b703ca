// What an import of the cashier's orders tells of rows that can hardly be meant.

import Events
import Testing

@testable import sluice

@Suite struct ImportFlagsTests {
  private static let now = StatusStory.at(9)

  private static func order(
    _ flags: PolicyFlags, at instant: Timestamp = now
  ) throws -> Event {
    Event(
      EventHeader(logTime: now, occurredAt: instant, flags: flags),
      .orderTimedOut(
        OrderTimedOut(
          institution: .weChatPay, order: try #require(ExternalID("o1")), external: .none)))
  }

  @Test func `strangers and instants that cannot be are counted and told`() throws {
    var flags = ImportFlags()
    flags.take(try ImportFlagsTests.order([]))
    #expect(flags.lines.isEmpty, "an order of a minute ago is nothing to tell")
    flags.take(try ImportFlagsTests.order(.merchantUnknown))
    flags.take(try ImportFlagsTests.order(.merchantUnknown))
    flags.take(
      try ImportFlagsTests.order(
        .occurredAhead, at: ImportFlagsTests.now.advanced(bySeconds: 86_400)))
    flags.take(try ImportFlagsTests.order([], at: Timestamp(seconds: 915_148_800)))
    #expect(flags.unregistered == 2 && flags.ahead == 1 && flags.longAgo == 1)
    #expect(flags.lines.count == 3)
    #expect(flags.lines[0].hasPrefix("2 rows taken of a merchant that is not registered"))
    #expect(flags.lines[1].hasPrefix("1 row taken of an instant that is still to come"))
  }
}
