// An open-addressing table from 128-bit keys to values: what Dictionary does, five times faster.

import CRecord
import Events
import Platform

/// Values by key, the key and its value side by side: a find costs one look into memory.
///
/// Nothing is ever removed; a whole table is dropped when everything in it is known elsewhere.
@safe struct KeyTable<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private struct Slot: BitwiseCopyable, Sendable {
    /// All zeros where the slot is free: no id has that key.
    var key: IdentifierKey
    var value: Value

    @inline(__always)
    var isFree: Bool { key.low | key.high == 0 }
    @inline(__always)
    func holds(_ other: IdentifierKey) -> Bool { key.low == other.low && key.high == other.high }
  }

  private static var capacityMin: Int { 1024 }

  private var memory: LargeMemory
  /// A power of two, less one.
  private var mask: Int
  private(set) var count = 0

  init() { self.init(slots: KeyTable.capacityMin) }

  /// A table of a power of two slots.
  init(slots: Int) {
    memory = LargeMemory(byteCount: slots * MemoryLayout<Slot>.stride)
    mask = slots - 1
  }

  /// How many slots a table has that holds so many keys.
  static func slots(for keys: Int) -> Int {
    var slots = capacityMin
    while keys * 4 > slots * 3 { slots *= 2 }
    return slots
  }

  /// How many slots there are, free ones included.
  var slotCount: Int { mask + 1 }

  /// Forgets what stands in some slots; the table is of use again once all of them are free.
  mutating func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= slotCount, "slots are outside")
    makeUnique()
    let size = MemoryLayout<Slot>.stride
    unsafe memory.base.advanced(by: range.lowerBound * size)
      .initializeMemory(as: UInt8.self, repeating: 0, count: range.count * size)
    count = 0
  }

  @inline(__always)
  private var slots: UnsafeMutablePointer<Slot> {
    unsafe memory.base.assumingMemoryBound(to: Slot.self)
  }

  /// Where a key stands; nil where it is not known.
  @inline(__always)
  func place(_ key: IdentifierKey) -> Int? {
    var index = home(key)
    while unsafe !slots[index].isFree {
      if unsafe slots[index].holds(key) { return index }
      index = (index &+ 1) & mask
    }
    return nil
  }

  @inline(__always)
  func find(_ key: IdentifierKey) -> Value? { place(key).map { unsafe slots[$0].value } }

  /// Asks for the cache line of a key's slot.
  @inline(__always)
  func prefetch(_ key: IdentifierKey) { unsafe sluice_prefetch(slots + home(key)) }

  /// The value at a place that `place` or `insert` has just given.
  subscript(place: Int) -> Value {
    @inline(__always)
    get {
      precondition(place >= 0 && place <= mask, "a table is read outside its slots")
      return unsafe slots[place].value
    }
    @inline(__always)
    _modify {
      precondition(place >= 0 && place <= mask, "a table is written outside its slots")
      makeUnique()
      yield unsafe &slots[place].value
    }
  }

  /// Takes a new key; the caller knows that the key is new.
  @discardableResult
  @inline(__always)
  mutating func insert(_ key: IdentifierKey, _ value: Value) -> Int {
    precondition(key.low | key.high != 0, "a key of zeros stands for a free slot")
    if (count + 1) * 4 > (mask + 1) * 3 { move(to: (mask + 1) * 2) } else { makeUnique() }
    count += 1
    return set(Slot(key: key, value: value))
  }

  @inline(__always)
  private func home(_ key: IdentifierKey) -> Int {
    // A CommandID is part of a SHA-256 and the key of an id is a hash; the multiplications spread
    // the keys that are neither. Their upper bits depend on every bit below.
    let mixed =
      (key.low &* 0x9e37_79b9_7f4a_7c15) ^ (key.high &* 0xd6e8_feb8_6659_fd93)
    return Int(truncatingIfNeeded: mixed >> 24) & mask
  }

  @inline(__always)
  private mutating func set(_ slot: Slot) -> Int {
    var index = home(slot.key)
    while unsafe !slots[index].isFree { index = (index &+ 1) & mask }
    unsafe (slots + index).initialize(to: slot)
    return index
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
    let (old, oldMask) = (memory, mask)
    memory = LargeMemory(byteCount: capacity * MemoryLayout<Slot>.stride)
    mask = capacity - 1
    let from = unsafe old.base.assumingMemoryBound(to: Slot.self)
    for index in 0...oldMask where unsafe !from[index].isFree { _ = set(unsafe from[index]) }
  }
}
