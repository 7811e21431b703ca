// From a shop's external id to its dense number: an open-addressing table over an arena of ids.

import Events

/// External ids in the order of their numbers, found by bytes.
///
/// The ids stand back to back in one array and the slots hold numbers only: 16 bytes and the id
/// itself for a merchant, where a Dictionary of ids would take more than a hundred.
struct MerchantIndex: Sendable {
  private var arena: [UInt8] = []
  private var ends: [UInt32] = []
  /// Numbers, 0 where free; the count is a power of two and at most 5/8 are taken.
  private var slots: [UInt32]

  init() { slots = [UInt32](repeating: 0, count: 1024) }

  var count: Int { ends.count }

  /// The external id of a number from 1.
  func external(_ number: MerchantNumber) -> ExternalID {
    let range = range(number.rawValue)
    let span = arena.span.extracting(range)
    guard let id = ExternalID(span) else {
      preconditionFailure("the arena holds an id longer than an id may be")
    }
    return id
  }

  /// The number of an id; nil where it is not registered.
  func number(_ external: ExternalID) -> MerchantNumber? {
    var slot = hash(external) & (slots.count - 1)
    while slots[slot] != 0 {
      if holds(slots[slot], external) { return MerchantNumber(slots[slot]) }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Gives the next number to an id that has none yet.
  mutating func append(_ external: ExternalID) -> MerchantNumber {
    for index in 0..<Int(external.count) { arena.append(external[index]) }
    ends.append(UInt32(arena.count))
    if ends.count * 8 > slots.count * 5 { grow() } else { place(UInt32(ends.count), external) }
    return MerchantNumber(UInt32(ends.count))
  }

  private func range(_ number: UInt32) -> Range<Int> {
    let index = Int(number) - 1
    return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
  }

  private func holds(_ number: UInt32, _ external: ExternalID) -> Bool {
    let range = range(number)
    guard range.count == Int(external.count) else { return false }
    for index in 0..<range.count where arena[range.lowerBound + index] != external[index] {
      return false
    }
    return true
  }

  private func hash(_ external: ExternalID) -> Int { external.hashValue & Int.max }

  private mutating func place(_ number: UInt32, _ external: ExternalID) {
    var slot = hash(external) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = number
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 1...UInt32(ends.count) { place(number, external(MerchantNumber(number))) }
  }
}
