// A table of what the latest part of the log has brought: what is older stands in the index of the
// sealed segments and is asked for there.

import Events

/// Values by key in generations: everything new goes into the newest, the oldest is dropped when
/// the index covers it, and its memory is used again.
struct TailTable<Value: BitwiseCopyable & Sendable>: Sendable {
  private var newest = KeyTable<Value>()
  /// The latest first.
  private var older: [KeyTable<Value>] = []
  /// A dropped table, empty again.
  private var spare: KeyTable<Value>?
  /// How many keys the generation before the newest has, or had.
  private var countBefore = 0

  /// How many generations there are besides the newest.
  var olderGenerations: Int { older.count }

  /// How many keys there are; one that was taken over into a later generation counts twice.
  var count: Int { older.reduce(newest.count) { $0 + $1.count } }

  private func findOlder(_ key: IdentifierKey) -> Value? {
    for index in older.indices {
      if let found = older[index].find(key) { return found }
    }
    return nil
  }

  /// The value of a key; nil where no generation has it.
  @inline(__always)
  func find(_ key: IdentifierKey) -> Value? {
    newest.find(key) ?? (older.isEmpty ? nil : findOlder(key))
  }

  /// Two steps towards a key, as those of `KeyTable`.
  @inline(__always)
  func prefetch(_ key: IdentifierKey) {
    newest.prefetch(key)
    for index in older.indices { older[index].prefetch(key) }
  }
  @inline(__always)
  func prefetchSlot(_ key: IdentifierKey) {
    newest.prefetchSlot(key, mayInsert: true)
    for index in older.indices { older[index].prefetchSlot(key, mayInsert: false) }
  }

  /// Where a key stands in the newest generation, its value taken over from an older one; nil where
  /// none has it.
  @inline(__always)
  mutating func placeForChange(_ key: IdentifierKey) -> Int? {
    if let place = newest.place(key) { return place }
    if older.isEmpty { return nil }
    return findOlder(key).map { newest.insert(key, $0) }
  }

  /// The value at a place of the newest generation that was given just now.
  subscript(place: Int) -> Value {
    @inline(__always)
    get { newest[place] }
    @inline(__always)
    _modify { yield &newest[place] }
  }

  /// Makes room for so many keys at once, where there are none yet.
  mutating func reserve(_ keys: Int) {
    guard newest.count == 0, older.isEmpty else { return }
    newest = KeyTable(slots: KeyTable<Value>.slots(for: keys))
  }

  /// Takes a key that no generation has.
  @discardableResult
  @inline(__always)
  mutating func insert(_ key: IdentifierKey, _ value: Value) -> Int { newest.insert(key, value) }

  /// Begins a new generation.
  mutating func beginGeneration() {
    // As large as the last two had to be: one that grew once must not be the measure for ever, and
    // after a short one the table must not grow step by step.
    let slots = KeyTable<Value>.slots(for: max(newest.count, countBefore))
    countBefore = newest.count
    let next = spare.flatMap { $0.slotCount == slots ? $0 : nil } ?? KeyTable(slots: slots)
    spare = nil
    older.insert(newest, at: 0)
    newest = next
  }

  /// Forgets the oldest generations; one of their tables is kept for a later one.
  mutating func drop(_ generations: Int) {
    for _ in 0..<generations {
      var dropped = older.removeLast()
      // What somebody else has a copy of cannot be used again, and small tables need not be.
      if spare == nil, dropped.slotCount == newest.slotCount, dropped.isUnshared() {
        dropped.clear()
        spare = dropped
      }
    }
  }
}
