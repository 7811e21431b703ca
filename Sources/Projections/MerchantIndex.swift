// From a shop's external id to its dense number: an open-addressing table over an arena of ids.

import CRecord
import Events
import Platform

/// External ids in the order of their numbers, found by bytes.
///
/// A slot holds a part of the id's hash and where its record begins; the record holds the number,
/// the length and the id. So a find looks at one slot and one record, wherever they are: 8 bytes a
/// slot, 4 for the place of a number, and the record itself, where a Dictionary of ids would take
/// more than a hundred.
///
/// The table is a function of the registrations and the log's id: a snapshot holds it as it is.
struct MerchantIndex: Sendable {
  private static let slotsMin = 64
  private static let unnamed = IdentifierHash(seed: (0, 0))

  /// A record: the number, the length, the id, zeros to a multiple of four.
  private static let headLength = 8

  struct Slot: Sendable, BitwiseCopyable {
    var tag: UInt32
    /// Where the record begins in the arena, plus 1; 0 where the slot is free.
    var record: UInt32
  }

  /// Of the log; no log before its first event says which it is.
  private var seed = LogID(low: 0, high: 0)
  private(set) var hash = MerchantIndex.unnamed
  private var arena = LargeArray<UInt32>()
  /// Where the record of each number begins in the arena.
  private var records = LargeArray<UInt32>()
  /// The count is a power of two and at most 5/8 are taken.
  private var slots = LargeArray<Slot>(zeroed: MerchantIndex.slotsMin)

  /// - Parameter findsIDs: whether ids are found by their bytes. Without the table that does it
  ///   they are known by their numbers alone, and nothing but `external` and `append` may be asked.
  init(findsIDs: Bool = true) {
    if !findsIDs { slots = LargeArray(zeroed: 0) }
  }

  /// A table whose ids are found by a hash of its own, and never written: nobody who reads the log
  /// knows which ids would meet.
  init(hash: IdentifierHash) {
    self.init()
    self.hash = hash
  }

  /// Whether ids are found by their bytes.
  var findsIDs: Bool { slots.count > 0 }

  var count: Int { records.count }

  /// Whether one id more can be placed.
  var hasRoom: Bool { arena.count < Int(UInt32.max) - 32 }

  /// Takes the keys of the hash from the log's id, so that the same events give the same slots;
  /// afterwards, once an id has a place, it is too late for that.
  mutating func name(_ log: LogID) {
    guard count == 0, log != seed else { return }
    seed = log
    hash = IdentifierHash(seed: (log.low, log.high))
  }

  /// The external id of a number from 1.
  func external(_ number: MerchantNumber) -> ExternalID {
    let record = Int(records[Int(number.rawValue) - 1])
    return ExternalID(
      bytes: arena.bytes, from: record * 4 + MerchantIndex.headLength,
      count: Int(arena[record + 1]))
  }

  /// The bytes of the external id of a number from 1.
  @inline(__always)
  @_lifetime(borrow self)
  func bytes(_ number: MerchantNumber) -> RawSpan {
    let record = Int(records[Int(number.rawValue) - 1])
    let start = record * 4 + MerchantIndex.headLength
    return arena.bytes.extracting(start..<start + Int(arena[record + 1]))
  }

  /// The number of an id; nil where it is not registered.
  func number(_ external: ExternalID) -> MerchantNumber? {
    external.withSpan { number($0) }
  }

  @inline(__always)
  func number(_ external: RawSpan) -> MerchantNumber? {
    number(external, hash.key(.merchant, external))
  }

  /// The number of an id whose key is at hand.
  @inline(__always)
  func number(_ external: RawSpan, _ key: IdentifierKey) -> MerchantNumber? {
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
    // A slot that was read from a file may name any place in the arena.
    guard start * 4 + MerchantIndex.headLength + external.byteCount <= bytes.byteCount else {
      return nil
    }
    guard bytes.holds(external, at: start * 4 + MerchantIndex.headLength) else { return nil }
    let number = arena[start]
    return number > 0 && Int(number) <= count ? MerchantNumber(number) : nil
  }

  /// Asks for the slot of a key.
  @inline(__always)
  func prefetchSlot(_ key: IdentifierKey) {
    slots.prefetch(Int(truncatingIfNeeded: key.low >> 1) & (slots.count &- 1))
  }

  /// Asks for the record that the slot of a key names.
  @inline(__always)
  func prefetchRecord(_ key: IdentifierKey) {
    let record = slots[Int(truncatingIfNeeded: key.low >> 1) & (slots.count &- 1)].record
    if record != 0 { arena.prefetch(Int(record) - 1) }
  }

  /// Gives the next number to an id that has none yet.
  mutating func append(_ external: ExternalID) -> MerchantNumber {
    let number = UInt32(records.count + 1)
    let record = arena.count
    precondition(hasRoom, "the registry holds more ids than it can place")
    arena.append(number)
    arena.append(UInt32(external.count))
    for index in 0..<(Int(external.count) + 3) / 4 {
      let word = external.word(index / 2)
      arena.append(UInt32(truncatingIfNeeded: index & 1 == 0 ? word : word >> 32).littleEndian)
    }
    records.append(UInt32(record))
    guard findsIDs else { return MerchantNumber(number) }
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

extension MerchantIndex {
  func write(to section: inout SectionWriter) {
    section.u64(seed.low)
    section.u64(seed.high)
    records.write(to: &section)
    arena.write(to: &section)
    slots.write(to: &section)
  }

  /// - Parameter findsIDs: whether the table is read that finds ids by their bytes.
  init(from section: inout SectionReader, findsIDs: Bool) throws(SectionFault) {
    seed = LogID(low: section.u64(), high: section.u64())
    if seed != LogID(low: 0, high: 0) { hash = IdentifierHash(seed: (seed.low, seed.high)) }
    records = try LargeArray(from: &section)
    var walk = ArenaWalk()
    let records = records
    arena = try LargeArray(from: &section) { walk.isSound($0, records.span) }
    try section.require(
      walk.number == records.count && walk.end == arena.count,
      "an id does not lie where its merchant's number says")
    guard findsIDs else {
      slots = LargeArray(zeroed: 0)
      try section.passRest()
      return
    }
    // A slot leads to a place in the arena, and every search comes to one that is free.
    let last = UInt32(truncatingIfNeeded: max(0, arena.count - 1))
    var taken = 0
    slots = try LargeArray(from: &section) { slots in
      var highest: UInt32 = 0
      for index in slots.indices {
        highest = max(highest, slots[index].record)
        taken += slots[index].record == 0 ? 0 : 1
      }
      return highest <= last
    }
    try section.require(
      slots.count >= MerchantIndex.slotsMin && slots.count.nonzeroBitCount == 1
        && taken == count && count * 8 <= slots.count * 5,
      "the table of ids has \(slots.count) slots, \(taken) of them taken by \(count) ids")
  }
}

/// Looks at the arena piece by piece: it must be the records in the order of their numbers, without
/// a gap.
private struct ArenaWalk {
  /// How many records were seen.
  private(set) var number = 0
  /// Where the record after them begins.
  private(set) var end = 0
  /// Words of the pieces before.
  private var base = 0
  /// The last word of the piece before: a record's head may be cut.
  private var last: UInt32 = 0

  mutating func isSound(_ piece: Span<UInt32>, _ records: Span<UInt32>) -> Bool {
    while number < records.count, end + 1 < base + piece.count {
      guard Int(records[number]) == end else { return false }
      let first = end < base ? last : piece[end - base]
      let length = piece[end + 1 - base]
      guard first == UInt32(truncatingIfNeeded: number + 1), length <= ExternalID.lengthMax else {
        return false
      }
      end += 2 + (Int(length) + 3) / 4
      number += 1
    }
    base += piece.count
    if piece.count > 0 { last = piece[piece.count - 1] }
    return true
  }
}
