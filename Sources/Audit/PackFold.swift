// The entries of a pack folded into the projections, as the frames of a log are.

import CRecord
import Dumps
import Events
import Merkle
import Projections

/// What the entries of a pack lead to.
struct PackFold {
  private(set) var model = ReadModel()
  private(set) var plans = PackPlans()
  /// The names that the log has been signed under, in their order.
  private(set) var origins: [String] = []
  private(set) var keys: [(fields: SigningKeyNamed, position: Position)] = []
  private var log: LogCreated?
  /// Entries of one log time wait until another comes: a batch has one.
  private let buffer = BatchBuffer()
  private var logTime = Timestamp.none

  /// Why entries do not fold.
  struct Wrong {
    var position: Position
    var what: String
  }

  /// Takes entries that follow those before.
  mutating func take(
    _ entries: [Range<Int>], _ bytes: [UInt8], _ first: Position
  ) -> Wrong? {
    let span = unsafe bytes.span.bytes
    for (index, entry) in entries.enumerated() {
      let head = unsafe span.unsafeLoadUnaligned(
        fromByteOffset: entry.lowerBound, as: sluice_head.self)
      let time = Timestamp(nanoseconds: head.log_time)
      if time != logTime || !buffer.hasRoom(events: 1, bytes: entry.count) {
        if let wrong = finish() { return wrong }
        guard time >= logTime else {
          return Wrong(position: first.advanced(by: index), what: "its log time goes back")
        }
        logTime = time
      }
      buffer.append(span.extracting(entry))
    }
    return nil
  }

  /// Folds what waits.
  mutating func finish() -> Wrong? {
    guard buffer.count > 0 else { return nil }
    defer { buffer.reset() }
    let first = model.position
    return buffer.withBatch(first: first, logTime: logTime) { (batch) throws(Never) in
      do throws(ReadModelFault) { try model.apply(batch) } catch {
        return Wrong(position: first, what: "its events do not fold: \(error)")
      }
      for index in 0..<batch.count where !EventKind.isPayment(batch.kind(index)) {
        note(batch, index)
      }
      return nil
    }
  }

  private mutating func note(_ batch: borrowing EventBatch, _ index: Int) {
    switch EventKind(rawValue: batch.kind(index)) {
    case .logCreated, .signingKeyNamed, .rolloutAnnounced, .rolloutAmended: break
    default: return
    }
    guard let event = try? batch.event(index) else { return }
    switch event.payload {
    case .logCreated(let fields):
      log = fields
      origins.append("\(fields.origin)")
    case .signingKeyNamed(let fields):
      keys.append((fields, batch.position(index)))
      origins.append("\(fields.origin)")
    default: plans.take(event.payload)
    }
  }

  /// What manifests say of the place.
  func context(_ head: TreeHead, release: String) -> LogContext {
    LogContext(
      origin: log?.origin ?? .none,
      id: LogID(low: log?.logIDLow ?? 0, high: log?.logIDHigh ?? 0),
      position: Position(head.size), root: head.root, logTime: model.logTime, release: release)
  }
}
