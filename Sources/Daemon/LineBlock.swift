// Requests that were read and are not handled yet, in the order of their lines.

import Orchestrator

/// Payment notices in a group, and between them whatever else came.
///
/// One thread at a time has it.
final class LineBlock: @unchecked Sendable {
  /// Another line than a notice.
  struct Other {
    /// How many notices stand before it.
    var place: Int
    var line: Int
    var request: Result<Request, WireFault>
  }

  let group: PaymentGroup
  private var others: [Other] = []
  /// How many notices and how many other lines were handled.
  private var notices = 0
  private var handled = 0

  init(capacity: Int) { group = PaymentGroup(capacity: capacity) }

  /// How many lines it takes.
  var capacity: Int { group.capacity }
  /// How many lines there are, handled ones included.
  var count: Int { group.count + others.count }
  /// How many lines stand in it that are no notices.
  var otherCount: Int { others.count }
  /// Whether every line was handled.
  var isDone: Bool { notices == group.count && handled == others.count }

  func add(_ request: Result<Request, WireFault>, line: Int) {
    others.append(Other(place: group.count, line: line, request: request))
  }

  /// The notices that are next in turn, at most so many; none where another line is.
  func nextNotices(max: Int) -> Range<Int> {
    let end = handled < others.count ? others[handled].place : group.count
    return notices..<min(end, notices + max)
  }

  func pass(_ notices: Range<Int>) { self.notices = notices.upperBound }

  /// The other line that is next in turn, which is thereby handled.
  func nextOther() -> Other {
    handled += 1
    return others[handled - 1]
  }

  func removeAll() {
    group.removeAll()
    group.hashes = nil
    if !others.isEmpty { others.removeAll(keepingCapacity: true) }
    (notices, handled) = (0, 0)
  }
}
