// What is still to be said, in the order in which it is due.

public import Events

/// Notices by the instant at which they are due; those of one instant in the order they came.
///
/// A binary heap of small keys over a pool of notices, so that a step moves 24 bytes.
public struct ShopperAgenda: Sendable {
  /// How many notices may wait.
  public static let countMax = 100_000_000

  private struct Key: Sendable {
    var due: Int64
    var number: UInt64
    var place: Int

    func precedes(_ other: Key) -> Bool {
      due == other.due ? number < other.number : due < other.due
    }
  }

  private var heap: [Key] = []
  private var pool: [ShopperNotice] = []
  private var free: [Int] = []
  private var number: UInt64 = 0

  public init() {}

  public var count: Int { heap.count }

  /// When the next notice is due; nil where none waits.
  public var nextDue: Timestamp? {
    heap.isEmpty ? nil : Timestamp(nanoseconds: heap[0].due)
  }

  public mutating func add(_ notice: ShopperNotice) {
    precondition(heap.count < Self.countMax, "more notices wait than an agenda holds")
    var place = pool.count
    if let last = free.popLast() {
      place = last
      pool[place] = notice
    } else {
      pool.append(notice)
    }
    let key = Key(due: notice.dueAt.rawValue, number: number, place: place)
    number += 1
    var index = heap.count
    heap.append(key)
    while index > 0 {
      let parent = (index - 1) / 2
      guard key.precedes(heap[parent]) else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = key
  }

  /// Takes the next notice where it is due by an instant.
  public mutating func next(by instant: Timestamp) -> ShopperNotice? {
    guard let first = heap.first, first.due <= instant.rawValue, let last = heap.popLast() else {
      return nil
    }
    if !heap.isEmpty { sink(last) }
    free.append(first.place)
    return pool[first.place]
  }

  private mutating func sink(_ key: Key) {
    var index = 0
    while true {
      var child = index * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(key) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = key
  }
}
