// From a shop's external id to its dense number: an open-addressing table over an arena of ids.

import CRecord
import Events

/// External ids in the order of their numbers, found by bytes.
///
/// A slot holds a part of the id's hash and where its record begins; the record holds the number,
/// the length and the id. So a find looks at one slot and one record, wherever they are: 8 bytes a
/// slot, 4 for the place of a number, and the record itself, where a Dictionary of ids would take
/// more than a hundred.
struct MerchantIndex: Sendable {
  /// A record: the number, the length, the id, zeros to a multiple of four.
  private static let headLength = 8

  private struct Slot: Sendable, BitwiseCopyable {
    var tag: UInt32
    /// Where the record begins in the arena, plus 1; 0 where the slot is free.
    var record: UInt32
  }

  private let hash = IdentifierHash.ofProcess
  private var arena = LargeArray<UInt32>()
  /// Where the record of each number begins in the arena.
  private var records = LargeArray<UInt32>()
  /// The count is a power of two and at most 5/8 are taken.
  private var slots = LargeArray<Slot>(zeroed: 1024)

  var count: Int { records.count }

  /// The external id of a number from 1.
  func external(_ number: MerchantNumber) -> ExternalID {
    let record = Int(records[Int(number.rawValue) - 1])
    return ExternalID(
      bytes: arena.bytes, from: record * 4 + MerchantIndex.headLength,
      count: Int(arena[record + 1]))
  }

  /// The number of an id; nil where it is not registered.
  func number(_ external: ExternalID) -> MerchantNumber? {
    external.withSpan { number($0) }
  }

  @inline(__always)
  func number(_ external: RawSpan) -> MerchantNumber? {
    let key = hash.key(.merchant, external)
    let tag = UInt32(truncatingIfNeeded: key.high)
    var index = Int(truncatingIfNeeded: key.low >> 1) & (slots.count &- 1)
    while slots[index].record != 0 {
      if slots[index].tag == tag, let number = holds(slots[index].record, external) {
        return number
      }
      index = (index &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  /// The number in a record where its id is this one.
  @inline(__always)
  private func holds(_ record: UInt32, _ external: RawSpan) -> MerchantNumber? {
    let start = Int(record) - 1
    guard Int(arena[start + 1]) == external.byteCount else { return nil }
    let bytes = arena.bytes
    var offset = 0
    while offset < external.byteCount {
      let count = min(8, external.byteCount - offset)
      let here = bytes.word(at: start * 4 + MerchantIndex.headLength + offset, count: count)
      guard here == external.word(at: offset, count: count) else { return nil }
      offset += 8
    }
    return MerchantNumber(arena[start])
  }

  /// Asks for the slot of an id and gives its hash, for `prefetchRecord` a little later.
  @inline(__always)
  func prefetchSlot(_ external: RawSpan) -> IdentifierKey {
    let key = hash.key(.merchant, external)
    slots.prefetch(Int(truncatingIfNeeded: key.low >> 1) & (slots.count &- 1))
    return key
  }

  /// Asks for the record that the slot of a hash names.
  @inline(__always)
  func prefetchRecord(_ key: IdentifierKey) {
    let record = slots[Int(truncatingIfNeeded: key.low >> 1) & (slots.count &- 1)].record
    if record != 0 { arena.prefetch(Int(record) - 1) }
  }

  /// Gives the next number to an id that has none yet.
  mutating func append(_ external: ExternalID) -> MerchantNumber {
    let number = UInt32(records.count + 1)
    let record = arena.count
    precondition(record < Int(UInt32.max) - 32, "the registry holds more ids than it can place")
    arena.append(number)
    arena.append(UInt32(external.count))
    for index in 0..<(Int(external.count) + 3) / 4 {
      let word = external.word(index / 2)
      arena.append(UInt32(truncatingIfNeeded: index & 1 == 0 ? word : word >> 32).littleEndian)
    }
    records.append(UInt32(record))
    if records.count * 8 > slots.count * 5 { grow() } else { place(record, external) }
    return MerchantNumber(number)
  }

  private mutating func place(_ record: Int, _ external: ExternalID) {
    let key = hash.key(.merchant, external)
    var index = Int(truncatingIfNeeded: key.low >> 1) & (slots.count - 1)
    while slots[index].record != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = Slot(
      tag: UInt32(truncatingIfNeeded: key.high), record: UInt32(record + 1))
  }

  private mutating func grow() {
    slots = LargeArray(zeroed: slots.count * 2)
    for number in 1...UInt32(records.count) {
      place(Int(records[Int(number) - 1]), external(MerchantNumber(number)))
    }
  }
}
