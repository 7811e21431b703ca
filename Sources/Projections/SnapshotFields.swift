// What several projections have in common where they are written into a snapshot and read back.

import Events
import Platform

/// The most that a count of 32 bits may have reached in a snapshot: what is folded after it counts
/// on.
let section32Max = UInt32.max - 1 << 24

extension SectionWriter {
  mutating func optional(_ instant: Timestamp?) {
    flag(instant != nil)
    self.instant(instant ?? .none)
  }

  mutating func actor(_ actor: Actor) {
    u8(actor.kind.rawValue)
    u32(actor.id)
  }
}

extension SectionReader {
  mutating func optionalInstant() -> Timestamp? {
    let isThere = flag()
    let instant = instant()
    return isThere ? instant : nil
  }

  mutating func actor() -> Actor {
    let kind = u8(or: Actor.Kind.system)
    return Actor(kind, id: u32())
  }

  /// A count that can go on.
  mutating func count32() throws(SectionFault) -> UInt32 {
    let count = u32()
    try require(count <= section32Max, "a count is \(count)")
    return count
  }

  /// The merchant of the next entry of a list in the order of merchants.
  mutating func merchant(
    after last: MerchantNumber, of count: Int
  ) throws(SectionFault) -> MerchantNumber {
    let merchant = MerchantNumber(u32())
    try require(
      merchant > last && Int(merchant.rawValue) <= count,
      "merchant \(merchant.rawValue) is not registered or stands out of order")
    return merchant
  }

  /// A merchant that is registered, or none.
  mutating func merchant(of count: Int) throws(SectionFault) -> MerchantNumber {
    let merchant = MerchantNumber(u32())
    try require(
      Int(merchant.rawValue) <= count, "merchant \(merchant.rawValue) is not registered")
    return merchant
  }

  /// The position of an event that was folded, or none.
  mutating func position(before end: Position) throws(SectionFault) -> Position {
    let position = position()
    try require(
      position == .none || position < end, "position \(position.rawValue) is not folded")
    return position
  }

  /// The position of an event that was folded.
  mutating func event(before end: Position) throws(SectionFault) -> Position {
    let position = position()
    try require(position < end, "position \(position.rawValue) is not folded")
    return position
  }
}

extension BeijingDay {
  /// Whether an instant of 64 bits can lie on it.
  var isOfInstants: Bool { (-106_752...106_752).contains(rawValue) }
}
