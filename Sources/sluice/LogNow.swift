// The instant at which a log is looked at: what its daemon's clock shows, and not the last event's.

import Events
import Platform
import Text

/// The present of a log.
enum LogNow {
  /// How long a daemon may take to tell its time.
  private static let patienceMilliseconds: Int32 = 1_000

  /// The present of a log whose last event is of `logTime`.
  ///
  /// What is looked at as it stood has no other present than its last event. A scaled clock is its
  /// daemon's alone: where none answers, time stands still.
  static func of(
    _ log: LogCreated?, _ logTime: Timestamp, _ arguments: Arguments
  ) -> Timestamp {
    guard arguments.value("at") == nil, arguments.value("as-of") == nil, let log else {
      return logTime
    }
    let now = log.clock == .wall ? WallClock().now() : told(arguments)
    return max(now ?? logTime, logTime)
  }

  /// What the daemon on the folder says.
  private static func told(_ arguments: Arguments) -> Timestamp? {
    guard let path = try? Client.socketPath(arguments), let client = try? Client(path) else {
      return nil
    }
    client.put(Array("{\"query\":\"clock\"}\n".utf8))
    guard (try? client.pump(milliseconds: patienceMilliseconds)) != nil else { return nil }
    for _ in 0..<2 {
      if let told = try? client.takeAnswer(), case .other(let answer) = told,
        case .string(let text)? = answer["clock"]?["now"]
      {
        return try? RFC3339.parse(text)
      }
      guard (try? client.pump(milliseconds: patienceMilliseconds)) != nil else { return nil }
    }
    return nil
  }
}
