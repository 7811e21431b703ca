// Payments as bytes: a draft gives what the codec gives, a view shows what stands there.

import CRecord
import Events
import Testing

@Suite struct PaymentBytesTests {
  private func id(_ count: Int) -> ExternalID {
    ExternalID((0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }) ?? .none
  }

  private func payment(_ count: Int, _ outcome: Outcome, _ digest: Digest?) -> Payment {
    Payment(
      outcome: outcome, orderedAt: Timestamp(seconds: 9), orderAmount: Money(fen: 1),
      paidAmount: Money(fen: 2), balanceAmount: count % 2 == 0 ? nil : Money(fen: 3),
      institution: .card, failureClass: outcome == .failed ? .risk : .none, buyerTier: .t4,
      currency: 840, transaction: id(count), order: id(64 - count), account: id(count / 2),
      code: id(count % 7), refund: id(outcome == .refunded ? 5 : 0), external: id(count),
      payloadDigest: digest)
  }

  private static let header = EventHeader(
    logTime: Timestamp(seconds: 7), occurredAt: Timestamp(seconds: 5),
    actor: Actor(.importer, id: 8),
    cause: Position(4), commandID: CommandID(low: 1, high: 2), commandDigest: 3,
    previous: Position(6), flags: .late)

  private func bytes(_ span: RawSpan) -> [UInt8] {
    unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  @Test(arguments: Outcome.allCases, [nil, Digest(words: (1, 2, 3, 4))] as [Digest?])
  func `a draft's bytes are the codec's, registered or not`(
    outcome: Outcome, digest: Digest?
  ) {
    let drafts = PaymentDrafts(count: 1)
    let draft = drafts[0]
    var encoder = FieldEncoder()
    for count in 1...63 {
      var payment = payment(count, outcome, digest)
      draft.set(payment)
      draft.finish(Self.header)
      Event(Self.header, .payment(payment)).encode(into: &encoder)
      #expect(bytes(draft.bytes) == encoder.bytes)

      draft.set(payment)
      draft.placeMerchant(tier: .t2)
      var header = Self.header
      header.merchant = MerchantNumber(77)
      draft.finish(header)
      payment.external = .none
      payment.merchantTier = .t2
      Event(header, .payment(payment)).encode(into: &encoder)
      #expect(bytes(draft.bytes) == encoder.bytes)
    }
  }

  @Test func `a view shows the strings, and none of bytes that they do not fill`() throws {
    let drafts = PaymentDrafts(count: 1)
    let draft = drafts[0]
    let payment = payment(20, .refunded, nil)
    draft.set(payment)
    let whole = bytes(draft.bytes)
    do {
      let view = draft.view
      #expect(bytes(view.transaction) == payment.transaction.bytes)
      #expect(bytes(view.order) == payment.order.bytes)
      #expect(bytes(view.refund) == payment.refund.bytes)
      #expect(bytes(view.merchant) == payment.external.bytes)
    }
    for count in 0..<whole.count {
      let short = Array(whole[0..<count])
      let isView = PaymentView(unsafe short.span.bytes) != nil
      #expect(!isView, "\(count) bytes")
    }
    let long = whole + [0]
    #expect((PaymentView(unsafe long.span.bytes) != nil) == false)
  }

  @Test func `an id has one key, as a value and as bytes, alone for its kind, owner and length`() {
    let hash = IdentifierHash(seed: (1, 2))
    var keys: Set<IdentifierKey> = []
    for count in 0...64 {
      let text = id(count)
      for (domain, institution) in [
        (IdentifierDomain.merchant, 0), (.order, 0), (.transaction, 1), (.transaction, 2),
      ] as [(IdentifierDomain, UInt8)] {
        let key = hash.key(domain, institution: institution, text)
        let same = text.withSpan { hash.key(domain, institution: institution, $0) }
        #expect(key == same)
        #expect(keys.insert(key).inserted)
      }
      let pair = hash.key(.refund, institution: 1, text, id(3))
      let same = text.withSpan { first in
        id(3).withSpan { hash.key(.refund, institution: 1, first, $0) }
      }
      #expect(pair == same && keys.insert(pair).inserted)
    }
    #expect(IdentifierHash(seed: (1, 2)).key(.order, id(9)) == hash.key(.order, id(9)))
    #expect(IdentifierHash(seed: (1, 3)).key(.order, id(9)) != hash.key(.order, id(9)))
  }

  @Test func `zeros behind an id are no part of it`() {
    let hash = IdentifierHash(seed: (3, 4))
    let bare = ExternalID([97]) ?? .none
    let padded = ExternalID([97, 0]) ?? .none
    #expect(hash.key(.order, bare) != hash.key(.order, padded))
  }
}
