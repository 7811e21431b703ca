// What became open or closed where, in the order of the log: what a cashier follows to know which
// institutions to offer.

import CRecord
public import Events
import Platform
public import Projections

/// One change of what is open.
///
/// 24 bytes without padding, of integers alone, for a snapshot holds them as they lie in memory.
public struct Switch: Hashable, Sendable, BitwiseCopyable {
  public var position: Position
  public var at: Timestamp
  /// `.none` where it concerns every merchant.
  public var merchant: MerchantNumber
  /// 0 where it concerns every institution, as the closing of a shop does.
  public var institution: UInt8
  private var on: UInt8
  private var reserved: UInt16 = 0

  public var isOn: Bool { on != 0 }

  init(
    position: Position, at: Timestamp, merchant: MerchantNumber, institution: UInt8, isOn: Bool
  ) {
    self.position = position
    self.at = at
    self.merchant = merchant
    self.institution = institution
    on = isOn ? 1 : 0
  }

  /// Whether it can be a change that was folded before `end`.
  fileprivate func isSound(_ end: Position, _ merchants: Int) -> Bool {
    position < end && Int(merchant.rawValue) <= merchants && institution < 5 && on < 2
      && reserved == 0
  }
}

/// All durable changes of what is open.
public struct SwitchFeed: Sendable {
  public private(set) var changes = LargeArray<Switch>()
  /// The institution of each rollout, by its number less one.
  private var institutions: [UInt8] = []

  public init() {}

  /// The index of the first change at or after a position.
  public func start(from position: Position) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].position < position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count {
      let kind = batch.kind(index)
      if kind < EventKind.institutionOpened.rawValue || EventKind.isPayment(kind) { continue }
      if let step = MerchantSwitch(batch, index) {
        apply(step, batch.position(index))
        continue
      }
      apply(try batch.event(index), batch.position(index))
    }
  }

  private mutating func apply(_ event: Event, _ position: Position) {
    if let step = MerchantSwitch(event) { return apply(step, position) }
    let header = event.header
    func add(_ institution: UInt8, _ isOn: Bool) {
      changes.append(
        Switch(
          position: position, at: header.logTime, merchant: header.merchant,
          institution: institution, isOn: isOn))
    }
    switch event.payload {
    case .institutionOpened(let fields): add(fields.institution.rawValue, true)
    case .rolloutConsulted(let fields): know(fields.rollout, fields.institution)
    case .rolloutAnnounced(let fields): know(fields.rollout, fields.institution)
    case .merchantExcluded(let fields): add(institution(fields.rollout), false)
    case .merchantClosed: add(0, false)
    default: break
    }
  }

  /// Who is reinstated without ever having been enabled is pending again, and not on.
  @inline(__always)
  private mutating func apply(_ step: MerchantSwitch, _ position: Position) {
    if step.kind == .merchantReinstated, step.wave == .none { return }
    changes.append(
      Switch(
        position: position, at: step.header.logTime, merchant: step.header.merchant,
        institution: institution(step.rollout), isOn: step.kind != .merchantRolledBack))
  }

  private func institution(_ rollout: RolloutNumber) -> UInt8 {
    let row = Int(rollout.rawValue) - 1
    return institutions.indices.contains(row) ? institutions[row] : 0
  }

  private mutating func know(_ rollout: RolloutNumber, _ institution: Institution) {
    let row = Int(rollout.rawValue) - 1
    guard row == institutions.count else { return }
    institutions.append(institution.rawValue)
  }
}

extension SwitchFeed {
  func write(to section: inout SectionWriter) {
    section.plain(institutions)
    changes.write(to: &section)
  }

  /// - Parameters:
  ///   - end: one past the last event that was folded.
  ///   - merchants: how many are registered.
  init(
    from section: inout SectionReader, end: Position, merchants: Int
  ) throws(SectionFault) {
    institutions = try section.plain(UInt8.self) { institutions in
      for index in institutions.indices {
        guard Institution(rawValue: institutions[index]) != nil else { return false }
      }
      return true
    }
    changes = try LargeArray(from: &section) { changes in
      var isSound = true
      for index in changes.indices {
        isSound = isSound && changes[index].isSound(end, merchants)
      }
      return isSound
    }
  }
}
