// Which flagged events no event has answered yet: what a resolution is held against.

import Events
import Projections

/// The open discrepancies of a log by the position of their event: ten bytes each.
struct OpenDiscrepancies: Sendable {
  /// Ascending.
  private var positions: [Position] = []
  private var flags: [PolicyFlags] = []

  init() {}

  /// Those that a projection holds.
  init(_ known: Discrepancies) {
    known.forEachUnanswered { position, open in
      positions.append(position)
      flags.append(open)
    }
  }

  /// Notes what a payment breaks; positions ascend.
  @inline(__always)
  mutating func note(_ decided: PolicyFlags, at position: Position) {
    if decided.hasAny(of: PolicyFlags.discrepancies) { append(decided, position) }
  }

  @inline(never)
  private mutating func append(_ decided: PolicyFlags, _ position: Position) {
    positions.append(position)
    flags.append(decided.intersection(PolicyFlags.discrepancies))
  }

  /// What is open of an event; empty where nothing is.
  func open(at position: Position) -> PolicyFlags {
    place(position).map { flags[$0] } ?? []
  }

  /// Closes what an event answers.
  mutating func close(_ answered: PolicyFlags, at position: Position) {
    if let place = place(position) { flags[place].subtract(answered) }
  }

  private func place(_ position: Position) -> Int? {
    var (low, high) = (0, positions.count)
    while low < high {
      let middle = low + (high - low) / 2
      if positions[middle] < position { low = middle + 1 } else { high = middle }
    }
    return low < positions.count && positions[low] == position ? low : nil
  }
}
