// A payment event in the making: its canonical bytes, written once and decided where they stand.
//
// A line of the socket becomes these bytes; the decision adds the head, the merchant's number and
// tier in place of its external id, and the flags; then they are copied into the batch. Nothing of
// a payment is held in any other form on the way, and nothing is allocated.

public import CRecord

/// Where a string of a payment stands in the line that it came in.
public struct PaymentText: BitwiseCopyable {
  public var start: Int
  public var end: Int

  @inline(__always)
  public init(start: Int, end: Int) {
    self.start = start
    self.end = end
  }

  @inline(__always)
  public var isEmpty: Bool { start == end }
}

/// Memory for payment events in the making, one behind the other; reused for ever.
@safe public final class PaymentDrafts {
  public let count: Int
  private let memory: UnsafeMutableRawPointer

  public init(count: Int) {
    precondition(count > 0, "there is not one draft")
    self.count = count
    let byteCount = count * PaymentDraft.stride
    unsafe memory = .allocate(byteCount: byteCount, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { unsafe memory.deallocate() }

  public subscript(index: Int) -> PaymentDraft {
    @inline(__always)
    @_lifetime(borrow self)
    get {
      let draft = unsafe unchecked(index)
      return unsafe _overrideLifetime(draft, borrowing: self)
    }
  }

  /// The same for an owner of drafts that lends them on: it sees to their lifetime.
  @unsafe
  @inline(__always)
  @_lifetime(immortal)
  public func unchecked(_ index: Int) -> PaymentDraft {
    precondition(index >= 0 && index < count, "a draft is asked for that does not exist")
    return unsafe PaymentDraft(memory + index &* PaymentDraft.stride)
  }
}

/// The bytes of one payment event, in the memory of its `PaymentDrafts`.
@safe public struct PaymentDraft: ~Escapable {
  /// Head, fixed fields, six strings of 64 bytes with their lengths, a digest with its length.
  private static let capacity = lengthMax + 8
  /// The longest payment event.
  public static let lengthMax = PaymentView.fixedLength + 6 * 65 + 33
  /// Bytes from one draft to the next, in whole lines of the cache.
  fileprivate static let stride = (stateLength + capacity + 63) / 64 * 64
  private static let stateLength = 32

  private struct State: BitwiseCopyable {
    /// Bytes written so far.
    var length: Int
    /// Where the merchant's length byte stands.
    var merchant: Int
    var outcome: UInt8
  }

  private let state: UnsafeMutablePointer<State>
  private let memory: UnsafeMutableRawBufferPointer

  /// A draft in memory of zeros or of an earlier draft.
  @inline(__always)
  @_lifetime(immortal)
  fileprivate init(_ start: UnsafeMutableRawPointer) {
    unsafe state = start.assumingMemoryBound(to: State.self)
    unsafe memory = UnsafeMutableRawBufferPointer(
      start: start + PaymentDraft.stateLength, count: PaymentDraft.capacity)
  }

  /// Asks for the lines of the cache that the usual payment takes; another thread may have written
  /// them.
  @inline(__always)
  public func prefetch() {
    for line in 0..<4 { unsafe sluice_prefetch(UnsafeRawPointer(state) + 64 * line) }
  }

  @inline(__always)
  public var outcome: Outcome {
    guard let outcome = Outcome(rawValue: unsafe state.pointee.outcome) else {
      preconditionFailure("a draft is asked for its outcome before it has one")
    }
    return outcome
  }

  /// Begins anew with the fixed fields; the strings follow in the order of the catalogue.
  @inline(__always)
  public func begin(_ outcome: Outcome, _ fields: sluice_payment) {
    unsafe memory.storeBytes(
      of: fields, toByteOffset: PaymentView.headLength, as: sluice_payment.self)
    unsafe state.pointee.length = PaymentView.fixedLength
    unsafe state.pointee.outcome = outcome.rawValue
  }

  /// Adds a string of at most 64 bytes.
  @inline(__always)
  public func append(_ text: RawSpan) {
    let start = unsafe state.pointee.length
    let count = text.byteCount
    precondition(
      count <= ExternalID.lengthMax && start + 65 + 34 <= PaymentDraft.capacity,
      "a string of a payment is longer than its limit")
    unsafe memory[start] = UInt8(count)
    unsafe text.withUnsafeBytes { source in
      guard let from = source.baseAddress, let to = unsafe memory.baseAddress else { return }
      unsafe (to + start + 1).copyMemory(from: from, byteCount: count)
    }
    unsafe state.pointee.length = start + 1 + count
  }

  /// Adds the external merchant id, the last string, and the digest of the raw notification.
  @inline(__always)
  public func end(merchant: RawSpan, payloadDigest: Digest?) {
    unsafe state.pointee.merchant = state.pointee.length
    append(merchant)
    let start = unsafe state.pointee.length
    unsafe memory[start] = payloadDigest == nil ? 0 : 32
    unsafe state.pointee.length = start + 1
    guard let payloadDigest else { return }
    let words = payloadDigest.words
    unsafe memory.storeBytes(of: words.0.littleEndian, toByteOffset: start + 1, as: UInt64.self)
    unsafe memory.storeBytes(of: words.1.littleEndian, toByteOffset: start + 9, as: UInt64.self)
    unsafe memory.storeBytes(of: words.2.littleEndian, toByteOffset: start + 17, as: UInt64.self)
    unsafe memory.storeBytes(of: words.3.littleEndian, toByteOffset: start + 25, as: UInt64.self)
    unsafe state.pointee.length = start + 33
  }

  /// Puts the class of a failure into the fixed fields.
  public func setFailureClass(_ failureClass: FailureClass) {
    unsafe memory[PaymentView.headLength + 33] = failureClass.rawValue
  }

  /// Adds all strings of a notice, each as it stands in a line, and no digest.
  public func end(
    _ line: RawSpan, _ transaction: PaymentText, _ order: PaymentText, _ account: PaymentText,
    _ code: PaymentText, _ refund: PaymentText, merchant: PaymentText
  ) {
    unsafe line.withUnsafeBytes { source in
      guard let from = source.baseAddress, let to = unsafe memory.baseAddress else { return }
      let limit = source.count
      func add(_ text: PaymentText, _ length: Int) -> Int {
        let count = text.end &- text.start
        precondition(
          text.start >= 0 && count >= 0 && count <= ExternalID.lengthMax && text.end <= limit,
          "a string of a payment is longer than its limit or stands not in its line")
        unsafe to.storeBytes(
          of: UInt8(truncatingIfNeeded: count), toByteOffset: length, as: UInt8.self)
        unsafe PaymentDraft.copy(from + text.start, to + length + 1, count)
        return length &+ 1 &+ count
      }
      var length = add(transaction, PaymentView.fixedLength)
      length = add(order, length)
      length = add(account, length)
      length = add(code, length)
      length = add(refund, length)
      unsafe state.pointee.merchant = length
      length = add(merchant, length)
      unsafe to.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
      unsafe state.pointee.length = length &+ 1
    }
  }

  /// Copies at most 64 bytes, the last eight over some of those before them.
  @inline(__always)
  private static func copy(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    func word(_ offset: Int) {
      let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      unsafe target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
    }
    if count >= 8 {
      var offset = 0
      while offset &+ 8 <= count {
        word(offset)
        offset &+= 8
      }
      word(count &- 8)
      return
    }
    for offset in 0..<count {
      let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
      unsafe target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// The whole of a notice that is held as a value.
  public func set(_ payment: Payment) {
    begin(payment.outcome, payment.fixed)
    for text in [
      payment.transaction, payment.order, payment.account, payment.code, payment.refund,
    ] {
      text.withSpan { append($0) }
    }
    payment.external.withSpan { end(merchant: $0, payloadDigest: payment.payloadDigest) }
  }

  /// What a command's digest covers: the outcome, then every field as the log would hold it for a
  /// merchant that is not registered.
  public var body: RawSpan {
    @_lifetime(copy self)
    get {
      // The last byte of the head is not written yet.
      let start = PaymentView.headLength - 1
      unsafe memory[start] = state.pointee.outcome
      let written = unsafe UnsafeRawBufferPointer(rebasing: memory[start..<state.pointee.length])
      let span = unsafe written.bytes
      return unsafe _overrideLifetime(span, copying: self)
    }
  }

  /// The event's bytes; its head is blank before `finish`.
  public var bytes: RawSpan {
    @_lifetime(copy self)
    get {
      let written = unsafe UnsafeRawBufferPointer(rebasing: memory[0..<state.pointee.length])
      let span = unsafe written.bytes
      return unsafe _overrideLifetime(span, copying: self)
    }
  }

  /// What makes a notice the same as another: its institution, and where its transaction and its
  /// refund stand in `bytes`.
  public var identity: (institution: UInt8, transaction: PaymentText, refund: PaymentText) {
    func text(_ place: Int) -> PaymentText {
      unsafe PaymentText(start: place + 1, end: place + 1 + Int(memory[place]))
    }
    let transaction = text(PaymentView.fixedLength)
    var refund = transaction
    for _ in 0..<4 { refund = text(refund.end) }
    precondition(unsafe refund.end < state.pointee.length, "a payment is identified before its end")
    return (unsafe memory[PaymentView.headLength + 32], transaction, refund)
  }

  /// The external merchant id.
  @inline(__always)
  public var merchant: RawSpan {
    @_lifetime(copy self)
    get {
      let start = unsafe state.pointee.merchant
      let count = unsafe Int(memory[start])
      let text = unsafe UnsafeRawBufferPointer(rebasing: memory[start + 1..<start + 1 + count])
      let span = unsafe text.bytes
      return unsafe _overrideLifetime(span, copying: self)
    }
  }

  /// The fields and strings.
  @inline(__always)
  public var view: PaymentView {
    @_lifetime(copy self)
    get {
      guard let view = PaymentView(bytes) else {
        preconditionFailure("a payment is looked at before its last string")
      }
      return view
    }
  }

  /// The merchant is registered: its number and tier stand in the event, and not its external id.
  public func placeMerchant(tier: Tier) {
    let start = unsafe state.pointee.merchant
    let count = unsafe Int(memory[start])
    let rest = unsafe state.pointee.length - start - 1 - count
    guard let base = unsafe memory.baseAddress else { return }
    // They overlap where the id is shorter than the digest.
    unsafe UnsafeMutableRawBufferPointer(start: base + start + 1, count: rest)
      .copyMemory(from: UnsafeRawBufferPointer(start: base + start + 1 + count, count: rest))
    unsafe memory[start] = 0
    unsafe state.pointee.length -= count
    let offset = PaymentView.headLength + 34
    unsafe memory[offset] = tier.rawValue
  }

  /// Puts what a reported sum adds, and where from it is moved, in place of what was reported.
  public func placeRefund(adding amount: Money, _ basis: RefundBasis) {
    unsafe memory.storeBytes(
      of: amount.rawValue.littleEndian, toByteOffset: PaymentView.headLength + 8, as: Int64.self)
    unsafe memory.storeBytes(
      of: basis.rawValue.littleEndian, toByteOffset: PaymentView.headLength + 38, as: UInt16.self)
  }

  /// Writes the head: these are the event's canonical bytes now.
  public func finish(_ header: EventHeader) {
    let length = UInt16(unsafe state.pointee.length)
    let head = sluice_head(header, EventKind(outcome: outcome), length: length)
    unsafe memory.storeBytes(of: head, as: sluice_head.self)
  }
}

extension Payment {
  /// The fixed fields as they stand in an event.
  public var fixed: sluice_payment {
    sluice_payment(
      ordered_at: orderedAt.rawValue, order_amount: orderAmount.rawValue,
      paid_amount: paidAmount.rawValue,
      balance_amount: balanceAmount?.rawValue ?? Payment.balanceUnknown,
      institution: institution.rawValue, failure_class: failureClass.rawValue,
      merchant_tier: merchantTier.rawValue, buyer_tier: buyerTier.rawValue, currency: currency,
      refund_basis: refundBasis.rawValue)
  }
}

extension ExternalID {
  /// Lets `body` see the bytes.
  public func withSpan<Result>(_ body: (RawSpan) -> Result) -> Result {
    var words = InlineArray<8, UInt64>(repeating: 0)
    for index in 0..<8 { words[index] = word(index).littleEndian }
    let bytes = unsafe words.span.bytes
    return body(bytes.extracting(0..<Int(count)))
  }
}
