// What a combined payment may be made of, by whoever makes the value and by whoever reads its bytes.

import Events
import Testing

@Suite struct PaymentCombinedTests {
  private typealias Part = PaymentCombined.Part

  private static func part(_ transaction: String, fen: Int64 = 1) -> Part {
    Part(
      transaction: ExternalID(transaction) ?? .none, order: .none, merchant: .none,
      amount: Money(fen: fen))
  }

  private static func combined(_ parts: [Part]) -> PaymentCombined? {
    PaymentCombined(
      institution: .weChatPay, combined: ExternalID("C") ?? .none, parts: parts)
  }

  private static let impossible: [[Part]] = [
    [], (0...50).map { part("\($0)") }, [part("a"), part("a")], [part("a", fen: -1)],
    [part("a", fen: Money.paymentMax.rawValue + 1)],
  ]

  @Test(arguments: impossible.indices)
  func `no value of parts that cannot be is made`(index: Int) {
    #expect(PaymentCombinedTests.combined(PaymentCombinedTests.impossible[index]) == nil)
  }

  @Test func `the order in which parts are told says nothing`() throws {
    let parts = (0..<50).map { PaymentCombinedTests.part("t\($0)") }
    let one = try #require(PaymentCombinedTests.combined(parts))
    #expect(one == PaymentCombinedTests.combined(parts.reversed()))
    #expect(one.parts.map(\.transaction) == parts.map(\.transaction).sorted())
  }

  /// The bytes of an event whose fields are written as they stand.
  private static func bytes(_ parts: [(transaction: String, fen: Int64)]) -> [UInt8] {
    var encoder = FieldEncoder()
    Event(EventHeader(), .clockConfirmed).encode(into: &encoder)
    var bytes = encoder.bytes
    encoder.reset()
    encoder.u8("institution", Institution.weChatPay.rawValue)
    for name in ["combined", "initiator"] as [StaticString] { encoder.text8(name, .none) }
    encoder.u8("parts", UInt8(parts.count))
    for part in parts {
      encoder.i64("amount", part.fen)
      encoder.u16("currency", Payment.yuan)
      encoder.text8("transaction", ExternalID(part.transaction) ?? .none)
      encoder.text8("order", .none)
      encoder.text8("merchant", .none)
    }
    encoder.optionalDigest("payload_digest", nil)
    bytes += encoder.bytes
    bytes[0] = UInt8(EventKind.paymentCombined.rawValue)
    (bytes[68], bytes[69]) = (UInt8(bytes.count & 255), UInt8(bytes.count >> 8))
    return bytes
  }

  private static func fault(_ parts: [(transaction: String, fen: Int64)]) -> String? {
    do throws(DecodeFault) {
      _ = try Event(decoding: unsafe bytes(parts).span.bytes)
      return nil
    } catch { return "\(error)" }
  }

  @Test(
    arguments: [
      ([("a", 1), ("b", 2)], nil), ([], "parts holds 0"), ([("b", 1), ("a", 2)], "parts holds 1"),
      ([("a", 1), ("a", 1)], "parts holds 1"), ([("a", -1)], "amount holds"),
      ([("a", 100_000_000_001)], "amount holds 100000000001"),
      ((10...60).map { ("\($0)", 1) }, "parts holds 51"), ((10...59).map { ("\($0)", 1) }, nil),
    ] as [([(transaction: String, fen: Int64)], String?)])
  func `bytes of parts that cannot be are refused`(
    parts: [(transaction: String, fen: Int64)], wanted: String?
  ) {
    let fault = PaymentCombinedTests.fault(parts)
    #expect(
      (fault == nil) == (wanted == nil) && fault?.contains(wanted ?? "") ?? true, "\(fault ?? "")")
  }
}
