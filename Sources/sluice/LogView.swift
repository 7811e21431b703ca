// The part of a log that a reading command looks at: without a lock, with or without a daemon.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Text

/// A log as it stands, or as it stood.
struct LogView {
  static let options: [OptionShape] = [.data, .at, .asOf, .fromZero, .json]

  let reader: LogReader<SystemDisk>
  /// What the daemon has made for questions; nil where there is none, and the log is read instead.
  let sealed: LogIndex?
  private let folder: String
  /// Whether nothing derived is believed.
  let isFromZero: Bool
  /// No event of a later log time is shown.
  let asOf: Timestamp?

  /// Hands a view to a command, and once more without what is derived where that is damaged.
  static func reading<Result>(
    _ arguments: Arguments, _ body: (LogView) throws -> Result
  ) throws -> Result {
    do {
      return try body(try LogView(arguments))
    } catch LogFault.corrupt(let damage) where damage.what == .index {
      tell("warning: \(damage)")
      tell("warning: the log is read instead")
      return try body(try LogView(arguments, believes: false))
    }
  }

  /// - Parameters:
  ///   - end: the name of the option that says where the view ends.
  ///   - believes: whether an index and snapshots are used that are there.
  init(_ arguments: Arguments, endingAt end: String = "at", believes: Bool = true) throws {
    let folder = try arguments.required("data")
    let position = try arguments.integer(end, in: 0...Int64.max).map { Position(UInt64($0)) }
    if position != nil, arguments.value("as-of") != nil {
      throw UsageFault(what: "--at and --as-of exclude each other", hint: "Give one of them")
    }
    asOf = try arguments.value("as-of").map { try LogView.instant($0, "as-of") }
    let whole = try LogReader(SystemDisk(), folder)
    self.folder = folder
    isFromZero = arguments.flag("from-zero") || !believes
    sealed = isFromZero ? nil : (try? IndexKeeper(SystemDisk(), folder, hasFilters: false))?.index
    if let position {
      guard position <= whole.durableEnd else {
        throw LogFault.outOfRange(position: position, durableEnd: whole.durableEnd)
      }
      reader = try LogReader(SystemDisk(), folder, stopAt: position)
    } else {
      reader = whole
    }
  }

  /// The tree at the last seal of the view, where that lies behind a position; nil where nothing
  /// derived is believed.
  func sealedTree(after position: Position) -> CompactTree? {
    guard !isFromZero, asOf == nil, let tree = reader.sealedTree(upTo: reader.durableEnd),
      tree.size > position.rawValue
    else { return nil }
    return tree
  }

  /// An instant that an option names.
  static func instant(_ text: String, _ option: String) throws(UsageFault) -> Timestamp {
    do {
      return try RFC3339.parse(text)
    } catch {
      throw UsageFault(
        what: "--\(option) \(text): \(error.reason)",
        hint: error.hint.isEmpty
          ? "Write it as 2024-09-12T10:00:00+08:00, or a day of Beijing as 2024-09-12" : error.hint)
    }
  }

  /// Shows every event that belongs to the view, in batches, from a position on.
  func read(
    from first: Position = .zero, _ body: (borrowing EventBatch) throws -> Void
  ) throws {
    let asOf = asOf
    do {
      try reader.read(from: first) { (batch: borrowing EventBatch) throws -> Void in
        if let asOf, batch.logTime > asOf { throw EndOfView() }
        try body(batch)
      }
    } catch {
      if case .body(let inner) = error, inner is EndOfView { return }
      throw error
    }
  }

  /// The latest snapshot that holds nothing but what the view shows.
  func snapshot(_ sections: SnapshotSections, upTo end: Position? = nil) -> Snapshot? {
    if isFromZero { return nil }
    let found = SnapshotShelf(SystemDisk(), folder).latest(
      upTo: end ?? reader.durableEnd, asOf: asOf, of: reader.logID, sections, root: sealedRoot,
      warn: leftOut)
    return found?.snapshot
  }

  /// The registry of such a snapshot, and the position of the first event that is not in it.
  ///
  /// - Parameter findsIDs: whether its merchants are found by their external ids.
  func registry(findsIDs: Bool) -> (book: MerchantBook, next: Position)? {
    if isFromZero { return nil }
    let found = SnapshotShelf(SystemDisk(), folder).latestRegistry(
      upTo: reader.durableEnd, asOf: asOf, of: reader.logID, findsIDs: findsIDs, root: sealedRoot,
      warn: leftOut)
    return found.map { ($0.book, $0.head.position) }
  }

  private func sealedRoot(_ position: Position) throws(LogFault) -> Digest? {
    try reader.sealedRoot(at: position)
  }

  private func leftOut(_ position: Position, _ fault: SnapshotFault) {
    tell("warning: the snapshot at position \(position.rawValue) is left out: \(fault)")
  }

  /// One past the last event that the index may be asked for; what follows is read.
  var sealedEnd: Position { min(sealed?.end ?? .zero, reader.durableEnd) }

  /// The events of the view that the index knows under a hash, decoded, in their order.
  ///
  /// Other ids may share the hash: whoever asks looks at the ids.
  func find(_ run: IndexRun, _ hash: UInt64) throws -> [(position: Position, event: Event)] {
    guard let sealed else { return [] }
    var found: [(position: Position, event: Event)] = []
    for position in try sealed.find(run, hash, isAsked: false) where position < sealedEnd {
      let bytes = try sealed.event(position)
      let event = try Event(decoding: unsafe bytes.span.bytes)
      if let asOf, event.header.logTime > asOf { break }
      found.append((position, event))
    }
    return found
  }

  /// Ends a reading without a fault.
  func stop() -> any Error { EndOfView() }

  private struct EndOfView: Error {}
}
