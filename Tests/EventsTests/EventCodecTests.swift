import CRecord
import Events
import Merkle
import Testing

@Suite struct EventCodecTests {
  func bytes(_ kind: EventKind) throws -> [UInt8] {
    var encoder = FieldEncoder()
    try Samples.event(kind).encode(into: &encoder)
    return encoder.bytes
  }

  @Test(arguments: EventKind.allCases)
  func `An event comes back from its bytes as it was`(kind: EventKind) throws {
    let event = try Samples.event(kind)
    let bytes = try bytes(kind)
    #expect(try Event(decoding: unsafe bytes.span.bytes) == event)
  }

  @Test(arguments: EventKind.allCases)
  func `An event cut short or with bytes to spare is refused`(kind: EventKind) throws {
    let whole = try bytes(kind)
    for count in 0..<whole.count {
      var cut = Array(whole[..<count])
      if count >= 72 { (cut[68], cut[69]) = (UInt8(count & 255), UInt8(count >> 8)) }
      #expect(throws: DecodeFault.self) { try Event(decoding: unsafe cut.span.bytes) }
    }
    var longer = whole + [0]
    (longer[68], longer[69]) = (UInt8(longer.count & 255), UInt8(longer.count >> 8))
    #expect(throws: DecodeFault.self) { try Event(decoding: unsafe longer.span.bytes) }
  }

  @Test(arguments: EventKind.allCases)
  func `Any byte of an event may be anything without a crash`(kind: EventKind) throws {
    let whole = try bytes(kind)
    var refused = 0
    for index in whole.indices {
      for value in [UInt8(0), 1, 0x7f, 0x80, 0xff] {
        var changed = whole
        changed[index] = value
        do {
          let event = try Event(decoding: unsafe changed.span.bytes)
          var encoder = FieldEncoder()
          event.encode(into: &encoder)
          #expect(encoder.bytes == changed, "what decodes encodes to the same bytes")
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 0)
  }

  @Test func `An unknown kind stops the reader and names itself`() throws {
    var bytes = try bytes(.merchantEnabled)
    bytes[0] = 0xfe
    bytes[1] = 0xff
    #expect(throws: DecodeFault.unknownKind(0xfffe)) {
      try Event(decoding: unsafe bytes.span.bytes)
    }
  }

  @Test func `An unknown version of a known kind stops the reader`() throws {
    var bytes = try bytes(.merchantEnabled)
    bytes[2] = 2
    #expect(throws: DecodeFault.unknownVersion(.merchantEnabled, 2)) {
      try Event(decoding: unsafe bytes.span.bytes)
    }
  }

  @Test func `A common payment takes at most 182 bytes`() throws {
    let event = Event(Samples.header, Samples.payment(.authorised))
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    #expect(encoder.bytes.count <= 182)
  }

  @Test func `The fixed fields of a payment stand where the layout says`() throws {
    let bytes = try bytes(.paymentCaptured)
    let payment = unsafe bytes.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: MemoryLayout<sluice_head>.size, as: sluice_payment.self)
    #expect(payment.order_amount == 12_345)
    #expect(payment.institution == Institution.weChatPay.rawValue)
    #expect(payment.merchant_tier == Tier.t3.rawValue)
    #expect(payment.currency == Payment.yuan)
  }
}
