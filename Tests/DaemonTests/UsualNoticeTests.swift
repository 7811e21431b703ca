// The quick reading of a notice: the same command as the reading field by field.

import Events
import Orchestrator
import Testing

@testable import Daemon

@Suite struct UsualNoticeTests {
  private static let lines: [String] = [
    #"{"command":"payment","institution":"alipay","transaction":"2024091222001","order":"o-1","#
      + #""merchant":"shop-00000001","outcome":"captured","order_amount":1200,"currency":"CNY","#
      + #""buyer_tier":"T3","occurred_at":"2024-09-12T00:00:00+08:00","account":"9f86"}"#,
    #"{"command":"payment","id":"n-7","institution":"card","transaction":"t","order":"order-2","#
      + #""merchant":"m","outcome":"failed","code":"51","order_amount":1,"paid_amount":0,"#
      + #""ordered_at":"2024-09-11T16:00:00Z","occurred_at":"2024-09-12T00:00:00+08:00"}"#,
    #"{"command":"payment","institution":"wechat-pay","transaction":"t-3","order":"o-3","#
      + #""merchant":"m","outcome":"refunded","refund":"r-1","code":"","account":null,"#
      + #""order_amount":99,"balance_amount":12,"occurred_at":"2024-09-12T00:00:00+08:00"}"#,
  ]

  /// What a line came to: the notice and the draft's bytes, or the fault.
  private static func outcome(
    _ line: [UInt8], _ reader: inout RequestReader, isQuick: Bool
  ) -> String {
    let drafts = PaymentDrafts(count: 1)
    let draft = drafts[0]
    do throws(WireFault) {
      let notice: PaymentNoticeHeader?
      if isQuick {
        notice = try reader.readNotice(line.span, into: draft)
      } else {
        try reader.line.scan(line.span)
        notice = try reader.anyNotice(line.span, into: draft)
      }
      guard let notice else { return "another request" }
      let body = draft.body
      let bytes = (0..<body.byteCount).map {
        unsafe body.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
      }
      return "\(notice) \(bytes)"
    } catch { return "\(error)" }
  }

  @Test(arguments: lines) func `a notice is the same command by either reading`(_ text: String) {
    var quick = RequestReader(user: 7)
    let bytes = Array(text.utf8)
    var lines: [[UInt8]] = [bytes]
    for place in bytes.indices {
      for other in Array("\"\\:,0159-. \nTazZ~+".utf8) + [0x7F, 0x80, 0xE5] {
        var changed = bytes
        changed[place] = other
        lines.append(changed)
        lines.append(Array(bytes[..<place] + [other] + bytes[place...]))
      }
      lines.append(Array(bytes[..<place] + bytes[(place + 1)...]))
      let long = Array(repeating: UInt8(ascii: "7"), count: 60)
      lines.append(Array(bytes[..<place] + long + bytes[place...]))
    }
    var accepted = 0
    for line in lines {
      var slow = RequestReader(user: 7)
      _ = UsualNoticeTests.outcome(bytes, &quick, isQuick: true)
      let found = UsualNoticeTests.outcome(line, &quick, isQuick: true)
      let expected = UsualNoticeTests.outcome(line, &slow, isQuick: false)
      guard found == expected else {
        Issue.record("\(String(decoding: line, as: UTF8.self)): \(found), not \(expected)")
        return
      }
      if found.contains("PaymentNoticeHeader") { accepted += 1 }
    }
    #expect(accepted > 100 && accepted < lines.count)
  }

  @Test func `the usual notice is read quickly from its second line on`() throws {
    for text in UsualNoticeTests.lines {
      var reader = RequestReader(user: 7)
      let bytes = Array(text.utf8)
      for isSecond in [false, true] {
        try reader.line.scan(bytes.span)
        let drafts = PaymentDrafts(count: 1)
        let notice = reader.line.usual.read(
          unsafe bytes.span.bytes, of: 7, WireFields(WireField.allCases), into: drafts[0])
        #expect((notice != nil) == isSecond)
      }
    }
  }
}
