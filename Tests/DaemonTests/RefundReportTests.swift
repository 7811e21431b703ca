// How a line says that a refund's amount is the sum so far.

import CRecord
import Events
import Orchestrator
import Testing

@testable import Daemon

@Suite struct RefundReportTests {
  private static let refund =
    #"{"command":"payment","institution":"alipay","transaction":"t","order":"o","merchant":"m","#
    + #""outcome":"refunded","order_amount":500,"occurred_at":"2024-09-12T10:00:00Z","#
    + #""refund":"r""#

  private static func read(_ rest: String) throws(WireFault) -> (basis: UInt16, paid: Int64) {
    var reader = RequestReader(user: 7)
    let drafts = PaymentDrafts(count: 1)
    let line = Array((refund + rest + "}").utf8)
    guard case .payment = try reader.read(line.span, into: drafts[0]) else {
      preconditionFailure("the line is no notice")
    }
    let draft = drafts[0]
    let fields = draft.view.fields
    return (fields.refund_basis, fields.paid_amount)
  }

  @Test(
    arguments: [
      ("", 0, 500), (#","refund_report":null"#, 0, 500), (#","paid_amount":400"#, 0, 400),
      (#","refund_report":"incremental","paid_amount":400"#, 0, 400),
      (#","refund_report":"cumulative""#, 1, 500),
    ] as [(String, UInt16, Int64)])
  func `a sum stands in both amounts until it is decided`(
    rest: String, basis: UInt16, paid: Int64
  ) throws {
    let found = try RefundReportTests.read(rest)
    #expect(found.basis == basis && found.paid == paid)
  }

  @Test(arguments: [
    (#","refund_report":"total""#, "refund_report"),
    (#","refund_report":"cumulative","paid_amount":400"#, "paid_amount"),
    (#","refund_report":7"#, "refund_report"),
  ])
  func `what a report cannot say is named`(rest: String, field: String) {
    let fault = #expect(throws: WireFault.self) { try RefundReportTests.read(rest) }
    #expect(fault?.field == field)
  }

  @Test func `only a refund is reported as a sum`() {
    let line = Form.payment.with("refund_report", "\"cumulative\"")
    var reader = RequestReader(user: 7)
    let fault = #expect(throws: WireFault.self) { try reader.read(Array(line.utf8).span) }
    #expect(fault?.field == "refund_report")
  }
}
