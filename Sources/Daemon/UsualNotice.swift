// The usual payment notice, read without a detour: what nearly every line of a socket is.
//
// Its fields are words, numbers and ids of visible ASCII and its times have the usual form. Any
// other line, right or wrong, is left to the reading that checks field by field and names what is
// wrong, and both give the same command for the same line.

import CRecord
import Events
import Institutions
import Orchestrator
import Text

/// The fields of a line by their places: two pointers, so that nothing of the reader is copied.
@safe struct UsualNotice: BitwiseCopyable {
  private let places: FlatPlaces
  private let shape: UnsafeMutablePointer<Int>

  init(places: FlatPlaces, shape: UnsafeMutablePointer<Int>) {
    self.places = places
    unsafe self.shape = shape
  }

  /// Writes the notice of the line scanned last into `draft`; it has no other fields than these.
  ///
  /// - Returns: whose it is; nil where the line is not a usual notice.
  @inline(__always)
  func read(
    _ line: RawSpan, of user: UInt32, _ fields: WireFields, into draft: PaymentDraft
  ) -> PaymentNoticeHeader? {
    guard hasOnly(fields), isPayment(line),
      let occurredAt = instant(.occurredAt, line),
      let (institution, outcome) = fixed(line, occurredAt, draft),
      texts(line, institution, outcome, draft)
    else { return nil }
    var id = CommandID.none
    let bringsID = has(.id)
    if bringsID {
      guard let name = plainText(.id), !name.isEmpty else { return nil }
      id = Command.id(ofNotification: line.extracting(name.start..<name.end))
    } else {
      id = Command.id(ofNotice: draft)
    }
    return PaymentNoticeHeader(
      id: id, digest: Command.digest(draft), actor: Actor(.institution, id: user),
      occurredAt: occurredAt, bringsID: bringsID)
  }

  @inline(__always)
  private func isPayment(_ line: RawSpan) -> Bool {
    guard let verb = plainText(.command), verb.end &- verb.start == 7 else {
      return false
    }
    // "payment"
    return line.word(at: verb.start, count: 7) == 0x74_6e65_6d79_6170
  }

  @inline(__always)
  private func instant(_ field: WireField, _ line: RawSpan) -> Timestamp? {
    guard let text = plainText(field) else { return nil }
    return RFC3339.usual(line, text.start, text.end)
  }

  /// A word of a closed list; the fallback where the field is absent.
  @inline(__always)
  private func word<Value>(
    _ field: WireField, _ line: RawSpan, _ words: WireWords<Value>, or fallback: Value? = nil
  ) -> Value? {
    if let fallback, isNull(field) { return fallback }
    guard let text = plainText(field) else { return nil }
    return words.find(line, text.start, text.end)
  }

  /// Begins the draft with the fields of one size.
  @inline(__always)
  private func fixed(
    _ line: RawSpan, _ occurredAt: Timestamp, _ draft: PaymentDraft
  ) -> (Institution, Outcome)? {
    let isOrdered = !isNull(.orderedAt)
    guard let institution = word(.institution, line, Words.institutions),
      let outcome = word(.outcome, line, Words.outcomes),
      let ordered = amount(.orderAmount, or: nil),
      let paid = amount(.paidAmount, or: ordered),
      let balance = amount(.balanceAmount, or: Int(Payment.balanceUnknown)),
      let tier = word(.buyerTier, line, Words.tiers, or: .unknown),
      let currency = word(.currency, line, Words.currencies, or: Payment.yuan),
      let orderedAt = isOrdered ? instant(.orderedAt, line) : occurredAt
    else { return nil }
    draft.begin(
      outcome,
      sluice_payment(
        ordered_at: orderedAt.rawValue, order_amount: Int64(ordered), paid_amount: Int64(paid),
        balance_amount: Int64(balance), institution: institution.rawValue,
        failure_class: FailureClass.none.rawValue, merchant_tier: Tier.unknown.rawValue,
        buyer_tier: tier.rawValue, currency: currency, refund_basis: 0))
    return (institution, outcome)
  }

  /// Adds the strings to the draft; false where one is missing or not plain.
  @inline(__always)
  private func texts(
    _ line: RawSpan, _ institution: Institution, _ outcome: Outcome, _ draft: PaymentDraft
  ) -> Bool {
    guard let transaction = plainText(.transaction),
      let order = plainText(.order), let merchant = plainText(.merchant),
      let account = optionalText(.account), let code = optionalText(.code),
      let refund = optionalText(.refund),
      !transaction.isEmpty, !order.isEmpty, !merchant.isEmpty
    else { return false }
    // Patterns, not `==`: that of another module's enum is called through its conformance.
    if case .refunded = outcome {
      if refund.isEmpty { return false }
    } else if !refund.isEmpty {
      return false
    }
    if case .failed = outcome {
      let name = ExternalID(bytes: line, from: code.start, count: code.end &- code.start)
      draft.setFailureClass(FailureCodes.failureClass(institution, name))
    }
    draft.end(line, transaction, order, account, code, refund, merchant: merchant)
    return true
  }
}

// What a line has, without faults: nil says only that it is something else.
extension UsualNotice {
  private var present: UInt64 {
    unsafe UInt64(bitPattern: Int64(shape[WireLine.presentPlace]))
  }

  @inline(__always)
  private func index(_ field: WireField) -> Int { unsafe shape[Int(field.rawValue)] }

  @inline(__always)
  private func has(_ field: WireField) -> Bool { index(field) != FlatPlaces.nowhere }

  @inline(__always)
  func hasOnly(_ fields: WireFields) -> Bool { present & ~fields.rawValue == 0 }

  /// Whether a field is absent or null.
  @inline(__always)
  func isNull(_ field: WireField) -> Bool { places.kind(index(field)) == FlatKind.null }

  /// A string of at most 64 visible characters of ASCII.
  @inline(__always)
  func plainText(_ field: WireField) -> PaymentText? {
    let index = index(field)
    let text = PaymentText(start: places.start(index), end: places.end(index))
    guard places.kind(index) == FlatKind.plain, text.end &- text.start <= ExternalID.lengthMax
    else { return nil }
    return text
  }

  /// The same; the empty one where the field is absent.
  @inline(__always)
  func optionalText(_ field: WireField) -> PaymentText? {
    isNull(field) ? PaymentText(start: 0, end: 0) : plainText(field)
  }

  /// An amount of money; the fallback where the field is absent.
  @inline(__always)
  func amount(_ field: WireField, or fallback: Int?) -> Int? {
    let index = index(field)
    let kind = places.kind(index)
    if kind == FlatKind.null { return fallback }
    let amount = places.integer(index)
    guard kind == FlatKind.integer, amount >= 0, amount <= Int(Money.paymentMax.rawValue) else {
      return nil
    }
    return amount
  }
}
