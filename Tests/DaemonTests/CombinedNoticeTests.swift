// Combined payments from the notification to the log: told once, whatever is delivered again.

import Events
import Institutions
import Merkle
import Platform
import Support
import Testing
import Text

@testable import Daemon
@testable import Orchestrator

@Suite struct CombinedNoticeTests {
  private typealias Sender = SignedNotices.WeChatPay
  private static let sender = Sender()
  private static let now = Timestamp(seconds: 1_726_106_402)

  private static func commands(
    _ resource: String, id: String = "EV-1", merchants: [ExternalID: ExternalID] = [:]
  ) throws -> [Command] {
    let pseudonyms = try #require(PseudonymKey([UInt8](repeating: 1, count: 32)))
    let desk = NoticeDesk(
      NoticeKeys([sender.reader], pseudonyms: pseudonyms, merchants: [.weChatPay: merchants]),
      shelf: HeldShelf("/nowhere")
    ) { _, _ in }
    let delivery = sender.delivery(resource, id: id, at: now)
    guard
      case .commands(let commands, _) = desk.take(delivery, from: .weChatPay, at: now, user: 4)
    else {
      Issue.record("the delivery is not taken")
      return []
    }
    return commands
  }

  private static func told(_ commands: [Command]) -> PaymentCombined? {
    guard case .recordCombined(let told)? = commands.last?.body else { return nil }
    return told
  }

  private static let parts = [
    (merchant: "11", transaction: "A", total: Int64(100), state: "SUCCESS"),
    (merchant: "12", transaction: "B", total: 250, state: "SUCCESS"),
  ]

  @Test func `what says which parts are one payment comes behind their notices`() throws {
    let ours = try #require(ExternalID("shop-11"))
    let commands = try CombinedNoticeTests.commands(
      Sender.combined(CombinedNoticeTests.parts),
      merchants: [try #require(ExternalID("11")): ours])
    #expect(commands.count == 3 && commands[2].actor == Actor(.institution, id: 4))
    let told = try #require(CombinedNoticeTests.told(commands))
    #expect("\(told.combined)" == "C1" && told.payloadDigest != nil)
    #expect(told.parts.map { "\($0.merchant)" } == ["shop-11", "12"])
    #expect(commands[2].occurredAt == Timestamp(seconds: 1_726_106_400))
  }

  @Test func `its id follows from the parts alone`() throws {
    let first = try #require(
      try CombinedNoticeTests.commands(Sender.combined(CombinedNoticeTests.parts)).last)
    var closed = CombinedNoticeTests.parts
    closed[1].state = "CLOSED"
    let same: [[Command]] = [
      try CombinedNoticeTests.commands(Sender.combined(CombinedNoticeTests.parts), id: "EV-2"),
      try CombinedNoticeTests.commands(Sender.combined(closed)),
      try CombinedNoticeTests.commands(
        Sender.combined(CombinedNoticeTests.parts),
        merchants: [try #require(ExternalID("11")): try #require(ExternalID("shop"))]),
    ]
    for commands in same {
      #expect(commands.last?.id == first.id && commands.last?.digest == first.digest)
    }
    var others = CombinedNoticeTests.parts
    others[1].total += 1
    for parts in [
      others, [others[0]], [(merchant: "9", transaction: "A", total: 100, state: "SUCCESS")],
    ] {
      let other = try CombinedNoticeTests.commands(Sender.combined(parts)).last
      #expect(other?.id != first.id)
    }
  }

  @Test func `a delivery that was recorded in part is recorded whole when it comes again`() throws {
    let commands = try CombinedNoticeTests.commands(Sender.combined(CombinedNoticeTests.parts))
    let again = try CombinedNoticeTests.commands(
      Sender.combined(CombinedNoticeTests.parts), id: "EV-9")
    for kept in 0...commands.count {
      let desk = Runtime(
        after: Replay(hashesLeaves: false), root: .emptyRoot,
        time: ManualClock(CombinedNoticeTests.now))
      for command in commands.prefix(kept) { _ = try desk.submit(command) }
      for command in commands { _ = try desk.submit(command) }
      #expect(desk.state.next == Position(3), "each once, \(kept) of them before")
      // Under another id a payment is a second notice, which the decision calls repeated; what its
      // parts are is known.
      for command in again { _ = try desk.submit(command) }
      #expect(desk.state.next == Position(5))
    }
  }

  @Test func `what is dated ahead of the log is flagged`() throws {
    for (ahead, wanted) in [(Int64(299), false), (302, true)] {
      let told = try #require(
        CombinedNoticeTests.told(
          try CombinedNoticeTests.commands(Sender.combined(CombinedNoticeTests.parts))))
      let state = DecisionState()
      var decision = Decision()
      let now = CombinedNoticeTests.now
      let command = Command(
        id: .none, digest: 0, actor: Actor(.institution),
        occurredAt: now.advanced(bySeconds: ahead), body: .recordCombined(told))
      try decide(command, in: state, at: now, into: &decision)
      #expect(decision.events.map { $0.header.flags.contains(.occurredAhead) } == [wanted])
    }
  }
}
