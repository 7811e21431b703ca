// The service manager is told how a long start goes, so that it neither gives up nor looks away.

import EventLog
import Events
import Platform

/// A start, from the first look at the folder to the last event folded.
struct ServiceStart {
  /// How much patience is asked for at a time, and how often.
  private static let patienceMicroseconds = 60_000_000
  private static let stepNanoseconds: Int64 = 5_000_000_000
  /// What a segment of 256 MiB may take a slow machine, where opening hashes it again.
  private static let segmentMicroseconds = 30_000_000

  private let service: ServiceNotice?
  private let machine = WallClock()
  private let began: Int64
  private var toldAt: Int64

  /// Asks for the patience that opening may need: it tells nothing on its way.
  init(_ service: ServiceNotice?, _ folder: String) {
    self.service = service
    began = machine.monotonicNanoseconds()
    toldAt = began
    guard let service else { return }
    let segments = (try? SystemDisk().list(LogFolder(folder).segments).count) ?? 0
    let patience =
      ServiceStart.patienceMicroseconds + segments * ServiceStart.segmentMicroseconds
    _ = service.send([
      "EXTEND_TIMEOUT_USEC=\(patience)", "STATUS=opening the log of \(segments) segments",
    ])
  }

  /// Nanoseconds since the start.
  var spent: Int64 { machine.monotonicNanoseconds() - began }

  /// The fold has come to a position: every few seconds the manager hears of it.
  mutating func goOn(_ position: Position, of end: Position) {
    guard let service else { return }
    let now = machine.monotonicNanoseconds()
    guard now - toldAt >= ServiceStart.stepNanoseconds else { return }
    toldAt = now
    _ = service.send([
      "EXTEND_TIMEOUT_USEC=\(ServiceStart.patienceMicroseconds)",
      "STATUS=folding events, \(position.rawValue) of \(end.rawValue)",
    ])
  }
}
