// Which events are whose: the fold behind the tree of merchants.
//
//   event ─ whose is it? ─ row of the merchant: count, last position, chain of all positions
//                                  │
//                                  └─ at a moment: sorted by id ─ leaves ─ root (MerchantTree)
//
// An event is a merchant's where its head names the merchant's number, or its own fields name the
// merchant's id: of payments and orders at a shop that is not registered, and of each part of a
// combined payment. Sums over many merchants (a wave, closed evidence) are nobody's.

public import Events
import Merkle

/// Why events have no such tree.
public enum HistoryFault: Error, Hashable, Sendable, CustomStringConvertible {
  case event(Position, DecodeFault)
  /// A number that no registration before the event has given, or that two have.
  case number(Position, MerchantNumber)
  /// More ids than have room.
  case tooMany(Position)

  public var description: String {
    switch self {
    case .event(let position, let fault):
      "the event at position \(position.rawValue) is none: \(fault)"
    case .number(let position, let number):
      "the event at position \(position.rawValue) names merchant number \(number.rawValue), which "
        + "the registrations before it do not lead to"
    case .tooMany(let position):
      "up to position \(position.rawValue) the events name more ids that are not registered than "
        + "there is room for"
    }
  }
}

/// The events of every merchant, as a count, a last position and a chain over all positions.
public struct MerchantHistories: Sendable {
  struct Row: Sendable, BitwiseCopyable {
    var count: UInt64 = 0
    var last: UInt64 = 0
    var chain: Digest = .zero
  }

  /// Every id that an event names, registered or not, by rows from 1.
  private(set) var ids = MerchantIndex(hash: .ofProcess)
  private(set) var rows = LargeArray<Row>()
  /// The row of each merchant number, from number 1 on.
  private var registered = LargeArray<UInt32>()
  /// The event that is folded next.
  public private(set) var next = Position.zero

  /// Whose positions are kept; its row once it has one.
  private let watched: ExternalID
  private var watchedRow: UInt32 = 0
  /// The positions of the merchant that is watched.
  public private(set) var positions: [Position] = []

  /// How many ids that are not registered may be named.
  private let strangersMax: Int

  /// - Parameters:
  ///   - watched: a merchant whose positions are kept one by one; `.none` for nobody.
  ///   - strangersMax: at how many ids that are not registered it gives up.
  public init(watching watched: ExternalID = .none, strangersMax: Int = .max) {
    self.watched = watched
    self.strangersMax = strangersMax
  }

  /// How many ids the events so far name.
  public var count: Int { rows.count }

  /// Folds the events that come next.
  public mutating func apply(_ batch: borrowing EventBatch) throws(HistoryFault) {
    for index in 0..<batch.count {
      let position = batch.position(index)
      let number = batch.merchant(index)
      let kind = batch.kind(index)
      if number != .none, kind != EventKind.merchantRegistered.rawValue {
        note(try row(of: number, position), position)
      } else if MerchantHistories.namesIDs(kind) {
        try note(batch, index)
      }
      next = position.advanced(by: 1)
    }
  }

  /// Whether an event of the kind may say by its own fields whose it is.
  private static func namesIDs(_ kind: UInt16) -> Bool {
    guard let kind = EventKind(rawValue: kind) else { return false }
    return switch kind {
    case .merchantRegistered, .paymentDisputed, .paymentCombined: true
    default: kind.outcome != nil || kind.isOfAnOrder
    }
  }

  private mutating func note(
    _ batch: borrowing EventBatch, _ index: Int
  ) throws(HistoryFault) {
    let position = batch.position(index)
    let event: Event
    do throws(DecodeFault) { event = try batch.event(index) } catch {
      throw .event(position, error)
    }
    switch event.payload {
    case .merchantRegistered(let fields):
      guard event.header.merchant.rawValue == UInt32(registered.count + 1) else {
        throw .number(position, event.header.merchant)
      }
      let row = try row(of: fields.external, position)
      registered.append(row)
      note(row, position)
    case .payment(let fields): try note(fields.external, position)
    case .orderOffered(let fields): try note(fields.external, position)
    case .orderAttempted(let fields): try note(fields.external, position)
    case .orderFailed(let fields): try note(fields.external, position)
    case .orderTimedOut(let fields): try note(fields.external, position)
    case .paymentDisputed(let fields): try note(fields.external, position)
    case .paymentCombined(let fields):
      // Each merchant once, however many parts are its own.
      var merchants: [ExternalID] = []
      for part in fields.parts where !merchants.contains(part.merchant) {
        merchants.append(part.merchant)
        try note(part.merchant, position)
      }
    default: break
    }
  }

  private mutating func note(
    _ external: ExternalID, _ position: Position
  ) throws(HistoryFault) {
    guard !external.isEmpty else { return }
    note(try row(of: external, position), position)
  }

  private mutating func note(_ row: UInt32, _ position: Position) {
    rows.modify(Int(row) - 1) { row in
      row.count += 1
      row.last = position.rawValue
      row.chain = .link(row.chain, position)
    }
    if row == watchedRow { positions.append(position) }
  }

  private func row(
    of number: MerchantNumber, _ position: Position
  ) throws(HistoryFault) -> UInt32 {
    guard number.rawValue <= UInt32(registered.count) else { throw .number(position, number) }
    return registered[Int(number.rawValue) - 1]
  }

  private mutating func row(
    of external: ExternalID, _ position: Position
  ) throws(HistoryFault) -> UInt32 {
    if let known = ids.number(external) { return known.rawValue }
    guard ids.hasRoom, ids.count - registered.count < strangersMax else {
      throw .tooMany(position)
    }
    let row = ids.append(external).rawValue
    rows.append(Row())
    if external == watched { watchedRow = row }
    return row
  }
}

extension MerchantHistories {
  /// The tree over all events so far.
  public var tree: MerchantTree { MerchantTree(self) }

  /// What is committed of it.
  public var committed: MerchantTreeCommitted {
    MerchantTreeCommitted(
      size: next.rawValue, merchants: UInt64(count), root: tree.root)
  }

  func leaf(_ row: UInt32) -> MerchantLeaf {
    let kept = rows[Int(row) - 1]
    return MerchantLeaf(
      merchant: ids.external(MerchantNumber(row)), count: kept.count,
      last: Position(rawValue: kept.last), chain: kept.chain)
  }
}
