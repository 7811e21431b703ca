// An open-addressing table from 128-bit keys to values: what Dictionary does, five times faster.
//
// Beside the slots stands a tag of one byte for each: 0 where the slot is free, else seven bits of
// its key's hash below a bit that is set. Eight of them, a group, are looked at as one word. Nearly
// every question of a daemon is about a new id, and its answer is in the tags alone: they stay in
// the caches, for which the slots are far too large. The idea is that of Abseil's Swiss tables
// (https://abseil.io/about/design/swisstables).

import CRecord
import Events
import Platform

/// Values by key, the key and its value side by side: a find costs one look into memory, and none
/// beside the tags where the key is not there.
///
/// Nothing is ever removed; a whole table is dropped when everything in it is known elsewhere.
@safe struct KeyTable<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private struct Slot: BitwiseCopyable, Sendable {
    var key: IdentifierKey
    var value: Value

    @inline(__always)
    func holds(_ other: IdentifierKey) -> Bool { key.low == other.low && key.high == other.high }
  }

  /// Where the look for a key begins, and what its tag is.
  private struct Home {
    var group: Int
    var tag: UInt8
  }

  private static var capacityMin: Int { 1024 }

  /// The tags, then the slots.
  private var memory: LargeMemory
  /// How many groups there are, a power of two, less one.
  private var groupMask: Int
  private(set) var count = 0

  init() { self.init(slots: KeyTable.capacityMin) }

  /// A table of a power of two slots, no fewer than a new one has.
  init(slots: Int) {
    precondition(slots >= KeyTable.capacityMin, "a table is smaller than a new one")
    memory = LargeMemory(byteCount: slots * (1 + MemoryLayout<Slot>.stride))
    groupMask = slots / TagGroup.width - 1
  }

  /// How many slots a table has that holds so many keys.
  static func slots(for keys: Int) -> Int {
    var slots = capacityMin
    while keys * 4 > slots * 3 { slots *= 2 }
    return slots
  }

  /// How many slots there are, free ones included.
  @inline(__always)
  var slotCount: Int { (groupMask &+ 1) &* TagGroup.width }

  /// Forgets every key.
  mutating func clear() {
    makeUnique()
    unsafe tags.update(repeating: 0, count: slotCount)
    count = 0
  }

  @inline(__always)
  private var tags: UnsafeMutablePointer<UInt8> {
    unsafe memory.base.assumingMemoryBound(to: UInt8.self)
  }
  @inline(__always)
  private var slots: UnsafeMutablePointer<Slot> {
    unsafe (memory.base + slotCount).assumingMemoryBound(to: Slot.self)
  }
  @inline(__always)
  private func tags(of group: Int) -> TagGroup {
    let start = unsafe UnsafeRawPointer(tags + group &* TagGroup.width)
    return TagGroup(word: UInt64(littleEndian: unsafe start.load(as: UInt64.self)))
  }

  /// Where a key stands; nil where it is not known.
  @inline(__always)
  func place(_ key: IdentifierKey) -> Int? {
    let home = home(key)
    var group = home.group
    while true {
      let tags = tags(of: group)
      var matches = tags.matches(home.tag)
      while let place = TagGroup.first(&matches) {
        let index = group &* TagGroup.width &+ place
        if unsafe slots[index].holds(key) { return index }
      }
      if tags.hasFree { return nil }
      group = (group &+ 1) & groupMask
    }
  }

  @inline(__always)
  func find(_ key: IdentifierKey) -> Value? { place(key).map { unsafe slots[$0].value } }

  /// Two steps towards a key, each to be taken a little after the one before, so that what it looks
  /// at has come into the cache: its tags, and the slot that they point at.
  @inline(__always)
  func prefetch(_ key: IdentifierKey) {
    unsafe sluice_prefetch(tags + home(key).group &* TagGroup.width)
  }

  /// - Parameter mayInsert: whether a new key will be put in.
  @inline(__always)
  func prefetchSlot(_ key: IdentifierKey, mayInsert: Bool) {
    let home = home(key)
    let tags = tags(of: home.group)
    var likely = tags.matches(home.tag)
    if likely == 0, mayInsert { likely = tags.free }
    guard let place = TagGroup.first(&likely) else { return }
    let slot = unsafe UnsafeRawPointer(slots + (home.group &* TagGroup.width &+ place))
    unsafe sluice_prefetch(slot)
    // It may stand across two cache lines.
    if MemoryLayout<Slot>.stride & 31 != 0 {
      unsafe sluice_prefetch(slot + MemoryLayout<Slot>.stride - 1)
    }
  }

  /// The value at a place that `place` or `insert` has just given.
  subscript(place: Int) -> Value {
    @inline(__always)
    get {
      precondition(place >= 0 && place < slotCount, "a table is read outside its slots")
      return unsafe slots[place].value
    }
    @inline(__always)
    _modify {
      precondition(place >= 0 && place < slotCount, "a table is written outside its slots")
      makeUnique()
      yield unsafe &slots[place].value
    }
  }

  /// Takes a new key; the caller knows that the key is new.
  @discardableResult
  @inline(__always)
  mutating func insert(_ key: IdentifierKey, _ value: Value) -> Int {
    if (count + 1) * 4 > slotCount * 3 { move(to: slotCount * 2) } else { makeUnique() }
    count += 1
    return set(Slot(key: key, value: value))
  }

  @inline(__always)
  private func home(_ key: IdentifierKey) -> Home {
    // A CommandID is part of a SHA-256 and the key of an id is a hash; the multiplications spread
    // the keys that are neither. Their upper bits depend on every bit below.
    let mixed =
      (key.low &* 0x9e37_79b9_7f4a_7c15) ^ (key.high &* 0xd6e8_feb8_6659_fd93)
    return Home(
      group: Int(truncatingIfNeeded: mixed >> 24) & groupMask,
      tag: UInt8(truncatingIfNeeded: mixed >> 57) | TagGroup.taken)
  }

  @inline(__always)
  private mutating func set(_ slot: Slot) -> Int {
    let home = home(slot.key)
    var group = home.group
    while true {
      var free = tags(of: group).free
      if let place = TagGroup.first(&free) {
        let index = group &* TagGroup.width &+ place
        unsafe tags[index] = home.tag
        unsafe (slots + index).initialize(to: slot)
        return index
      }
      group = (group &+ 1) & groupMask
    }
  }

  /// Whether no other value shares its memory.
  mutating func isUnshared() -> Bool { isKnownUniquelyReferenced(&memory) }

  /// Copies what another value of this table shares; every key keeps its place.
  @inline(__always)
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&memory) { copy() }
  }

  private mutating func copy() {
    let copied = LargeMemory(byteCount: memory.byteCount)
    unsafe copied.base.copyMemory(from: memory.base, byteCount: memory.byteCount)
    memory = copied
  }

  private mutating func move(to capacity: Int) {
    let old = self
    memory = LargeMemory(byteCount: capacity * (1 + MemoryLayout<Slot>.stride))
    groupMask = capacity / TagGroup.width - 1
    for index in 0..<old.slotCount where unsafe old.tags[index] != 0 {
      _ = set(unsafe old.slots[index])
    }
  }
}

/// Eight tags, the first in the lowest byte.
///
/// Sets of them have the top bits of their bytes.
private struct TagGroup {
  static let width = 8
  /// What every tag but that of a free slot has.
  static let taken: UInt8 = 0x80
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  let word: UInt64

  @inline(__always)
  var free: UInt64 { ~word & TagGroup.tops }
  @inline(__always)
  var hasFree: Bool { free != 0 }

  /// Which tags are this one.
  ///
  /// A tag that differs in its lowest bit may be among them, behind one that is
  /// (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord); a free one never.
  @inline(__always)
  func matches(_ tag: UInt8) -> UInt64 {
    let other = word ^ TagGroup.ones &* UInt64(tag)
    return (other &- TagGroup.ones) & ~other & TagGroup.tops
  }

  /// Takes the first out of a set; nil where that is empty.
  @inline(__always)
  static func first(_ set: inout UInt64) -> Int? {
    if set == 0 { return nil }
    let place = set.trailingZeroBitCount >> 3
    set &= set &- 1
    return place
  }
}
