// Disputes of every institution through a daemon's socket.

import EventLog
import Events
import Platform
import Projections
import Testing
import Text

@testable import Daemon

@Suite struct DisputeDoorTests {
  private static func line(_ institution: Institution, fen: Int, stage: String) -> String {
    #"{"command":"dispute","institution":"\#(institution.name)","transaction":"t","dispute":"d","#
      + #""stage":"\#(stage)","amount":\#(fen),"merchant":"m1","#
      + #""occurred_at":"2024-09-13T10:00:00+08:00"}"#
  }

  @Test func `a dispute of each of the four institutions is recorded once and held to its payment`()
    throws
  {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    let merchant = try caller.ask(
      #"{"command":"merchant","merchant":"m1","platform":"taobao","category":"c","city":"x","#
        + #""tier":"T3"}"#)
    #expect(number(merchant, "accepted") == 1, "\(merchant)")
    for institution in Institution.allCases {
      let payment = try caller.ask(
        #"{"command":"payment","institution":"\#(institution.name)","transaction":"t","#
          + #""order":"o-\#(institution.name)","merchant":"m1","outcome":"captured","#
          + #""order_amount":100,"occurred_at":"2024-09-12T10:00:00+08:00"}"#)
      #expect(number(payment, "accepted") == 1, "\(payment)")
      for (fen, stage) in [(100, "opened"), (101, "money-taken")] {
        let line = DisputeDoorTests.line(institution, fen: fen, stage: stage)
        #expect(number(try caller.ask(line), "accepted") == 1, "\(line)")
        #expect(number(try caller.ask(line), "repeated") == 1, "\(line)")
      }
    }
    _ = try caller.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    var model = ReadModel()
    try LogReader(SystemDisk(), scratch.path).read(from: .zero) { try model.apply($0) }
    #expect(model.disputes.rows.map(\.institution) == Institution.allCases)
    #expect(model.disputes.rows.allSatisfy { $0.stage == .moneyTaken && $0.taken.rawValue == 101 })
    var flagged: [Institution] = []
    model.discrepancies.forEach { row in
      if row.flag == .amountDiffers, row.kind == .paymentDisputed {
        flagged.append(row.institution)
      }
      return true
    }
    #expect(flagged == Institution.allCases)
  }
}
