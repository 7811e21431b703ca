// A zone of the time zone database, asked once, while a plan is resolved.

import Foundation
import Rollout

/// A zone by its IANA name.
struct NamedZone: ZoneOffsets {
  private let zone: TimeZone

  /// Nil where the database has no zone of that name.
  init?(_ name: String) {
    // The initializer takes "GMT+8" and the like as well, which are no places.
    guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else {
      return nil
    }
    self.zone = zone
  }

  func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}
