// Plans of the desk, changed in single places.

import Events
import Orchestrator
import Testing

extension Desk {
  /// The usual plan with another version and with texts replaced.
  static func plan(version: Int, _ changes: [(old: String, new: String)]) throws -> [UInt8] {
    var document = plan()
    let all = [(old: "\"version\": 1", new: "\"version\": \(version)")] + changes
    for change in all {
      let place = try #require(
        document.firstRange(of: Array(change.old.utf8)), "the plan has no \(change.old)")
      document.replaceSubrange(place, with: Array(change.new.utf8))
    }
    return document
  }

  /// A log whose rollout of the changed plan is running.
  static func running(
    merchants: Int = 4, _ changes: [(old: String, new: String)]
  ) throws -> Desk {
    let desk = try Desk.with(merchants: merchants)
    try desk.send(.announce(document: try plan(version: 1, changes)))
    try desk.send(.start(plan: text("p")))
    return desk
  }

  static let hold = "\"after_window\": \"hold\""
  /// Closed from 08:00 to 10:00 on the plan's day.
  static let morning = """
    "after_window": "hold", "closed": [
    {"from": "2024-09-12T08:00:00+08:00", "to": "2024-09-12T10:00:00+08:00", "why": "sale"}]
    """
}
