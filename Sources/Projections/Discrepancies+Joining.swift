// Discrepancies that close by themselves: a refund that came before its capture is closed by that,
// and a capture of a part of what the cashier asked for by the one that brings the rest.
//
// Nothing has to be known of what was asked: a capture of an order that has another one is flagged
// as a second one, or as of another amount, unless it brings the rest, or every other one was given
// back.

import CRecord
public import Events

/// What waits, by what it waits for.
struct WaitingDiscrepancies: Sendable {
  fileprivate struct Transaction: Hashable, Sendable {
    var institution: Institution
    var transaction: ExternalID
  }

  fileprivate struct Order: Hashable, Sendable {
    var order: ExternalID
    var merchant: MerchantNumber
  }

  /// Records of refunds that wait for their capture.
  fileprivate var refunds: [Transaction: [Int]] = [:]
  /// Records of captures that wait for the rest of their order.
  fileprivate var parts: [Order: [Int]] = [:]
  fileprivate var filter = IDFilter()

  var isEmpty: Bool { refunds.isEmpty && parts.isEmpty }
}

extension Discrepancies.Record {
  /// The flag that a capture closes which comes later; none where none does.
  var joining: PolicyFlags {
    switch kind?.outcome {
    case .refunded: .refundBeforeCapture
    case .captured where merchant != .none: .amountDiffers
    default: []
    }
  }
}

extension PolicyFlags {
  /// Flags of a capture that does not bring the rest of an order.
  public static let notTheRest: PolicyFlags =
    unchanging | orderCapturedTwice | amountDiffers | foreignCurrency
}

extension Discrepancies {
  /// Calls `body` with every transaction whose refunds wait for its capture, and where those stand.
  public func forEachWaiting(_ body: (Institution, ExternalID, [Position]) -> Void) {
    for (key, refunds) in waiting.refunds {
      body(key.institution, key.transaction, refunds.map { records[$0].position })
    }
  }

  /// Calls `body` with every order that waits for its rest, its merchant, and where parts stand.
  public func forEachPart(_ body: (ExternalID, MerchantNumber, [Position]) -> Void) {
    for (key, parts) in waiting.parts {
      body(key.order, key.merchant, parts.map { records[$0].position })
    }
  }

  /// Lets a record wait for what closes it.
  mutating func wait(_ index: Int) {
    let record = records[index]
    let (transaction, order) = names(record)
    if record.joining == .refundBeforeCapture {
      let institution = Institution(rawValue: record.institution) ?? .alipay
      let key = WaitingDiscrepancies.Transaction(
        institution: institution, transaction: transaction)
      waiting.refunds[key, default: []].append(index)
      waiting.filter.insert(transaction)
    } else {
      let key = WaitingDiscrepancies.Order(order: order, merchant: record.merchant)
      waiting.parts[key, default: []].append(index)
      waiting.filter.insert(order)
    }
  }

  /// A capture answers the refunds that came before it, and the parts whose rest it brings.
  mutating func join(
    _ notice: PaymentNotice, _ batch: borrowing EventBatch, _ index: Int
  ) throws(DecodeFault) {
    let bytes = batch.bytes(of: index)
    let start = PaymentNotice.fixedLength
    func text(_ start: Int) throws(DecodeFault) -> ExternalID {
      guard start < bytes.byteCount else { throw wrongLength() }
      let count = Int(unsafe bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self))
      guard count <= ExternalID.lengthMax, start + 1 + count <= bytes.byteCount else {
        throw wrongLength()
      }
      return ExternalID(bytes: bytes, from: start + 1, count: count)
    }
    func wrongLength() -> DecodeFault {
      .wrongLength(kind: notice.head.kind, length: bytes.byteCount)
    }
    let transaction = try text(start)
    let position = batch.position(index)
    if waiting.filter.mayHold(transaction) {
      let key = WaitingDiscrepancies.Transaction(
        institution: notice.institution, transaction: transaction)
      close(waiting.refunds.removeValue(forKey: key) ?? [], by: position)
    }
    guard !waiting.parts.isEmpty, !notice.flags.hasAny(of: PolicyFlags.notTheRest) else { return }
    let order = try text(start + 1 + Int(transaction.count))
    guard waiting.filter.mayHold(order) else { return }
    let key = WaitingDiscrepancies.Order(
      order: order, merchant: MerchantNumber(notice.head.merchant))
    close(waiting.parts.removeValue(forKey: key) ?? [], by: position)
  }

  private mutating func close(_ answered: [Int], by capture: Position) {
    for record in answered {
      records[record].capturedAt = capture
      if answers.first(of: records[record].position, records[record].joining) == .none {
        openCount -= 1
      }
    }
  }
}

/// Says of most ids at once that nothing of them is waiting; never so of one of which something is.
private struct IDFilter: Sendable {
  /// 65,536 bits: 8 KiB, which stays in the cache.
  private static let wordCount = 1024
  private var words = [UInt64](repeating: 0, count: IDFilter.wordCount)

  private func bit(_ id: ExternalID) -> (word: Int, mask: UInt64) {
    var mixed = UInt64(id.count)
    for index in 0..<(Int(id.count) + 7) >> 3 {
      mixed = (mixed ^ id.word(index)) &* 0x9E37_79B9_7F4A_7C15
      mixed ^= mixed >> 29
    }
    let place = Int(mixed >> 48)
    return (place >> 6, 1 << UInt64(place & 63))
  }

  mutating func insert(_ id: ExternalID) {
    let place = bit(id)
    words[place.word] |= place.mask
  }

  func mayHold(_ id: ExternalID) -> Bool {
    let place = bit(id)
    return words[place.word] & place.mask != 0
  }
}
