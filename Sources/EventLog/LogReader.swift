// Reading a log without its lock: for replays, dumps, audits and whoever is not the daemon.
//
// A reader may stand beside a writer. It reads up to sync.mark and no further, because a frame
// behind the mark may never become durable. Where there is no mark, as in a copy of the segments
// alone, it reads up to the first bytes that are no frame; `verdict` says what those are.

import CRecord
public import Events
public import Platform

/// A log as it stands, read-only.
public struct LogReader<D: Disk> {
  let disk: D
  let folder: LogFolder
  private(set) var inventory: Inventory
  private(set) var mark: SyncMark?
  public let logID: LogID
  /// One past the last event this reader shows.
  public private(set) var durableEnd: Position
  /// The log time of the last durable frame.
  public private(set) var lastLogTime: Timestamp

  /// Opens a log's folder, or a folder that holds segments alone.
  public init(_ disk: D, _ directory: String, stopAt: Position? = nil) throws(LogFault) {
    self.disk = disk
    let whole = LogFolder(directory)
    let isWhole = try onDisk { () throws(Fault) in try disk.exists(whole.segments) }
    folder = isWhole ? whole : LogFolder(segmentsAlone: directory)
    let isThere = try onDisk { () throws(Fault) in try disk.exists(directory) }
    guard isThere else { throw .notALog(directory: directory) }
    // The mark first: whatever it names stands in segments that a later listing shows.
    let slots = disk.contents(folder.mark, max: 2 * SyncMark.slotLength)
    inventory = try Inventory.take(disk, folder, isStrict: false)
    guard let last = inventory.segments.last else { throw .notALog(directory: directory) }
    logID = last.logID
    mark = slots.flatMap { SyncMark.read($0, logID: last.logID).mark }
    if let mark {
      try LogReader.check(mark, disk, folder, inventory)
      durableEnd = mark.next
      lastLogTime = mark.logTime
    } else {
      let file = try SegmentFile(disk, path: folder.path(last), expecting: last.logID)
      let chain = last.chain(incarnation: inventory.sealedIncarnation)
      let walk = try file.walk(from: chain, place: .last, mark: nil) { _, _ in }
      durableEnd = walk.chain.next
      lastLogTime = walk.chain.logTime
    }
    if let stopAt { durableEnd = min(durableEnd, stopAt) }
  }

  /// Holds the mark against the frame it names, header by header, without reading a body.
  ///
  /// A mark with right checksums that names another frame would hide events from every reader. One
  /// that speaks of what is not there is the reader's to meet: its frames are missing or damaged.
  private static func check(
    _ mark: SyncMark, _ disk: D, _ folder: LogFolder, _ inventory: Inventory
  ) throws(LogFault) {
    guard let segment = inventory.segments.first(where: { $0.number == mark.segment }) else {
      return
    }
    let file = try SegmentFile(disk, path: folder.path(segment), expecting: segment.logID)
    var chain = segment.chain(incarnation: 1)
    var offset = Segment.framesBegin
    while offset < mark.end {
      let bytes = try file.headerBytes(at: offset)
      guard bytes.count == Frame.headerLength else { return }
      let header = Frame.header(unsafe bytes.span.bytes)
      let isHeader =
        header.magic == SLUICE_FRAME_MAGIC
        && header.header_crc == bytes.checksum(8..<Frame.headerLength)
      guard isHeader else { return }
      chain = chain.after(header)
      offset += header.frameLength
    }
    guard offset == mark.end, chain.batch == mark.batch, chain.link == mark.link,
      chain.next == mark.next
    else {
      throw .corrupt(
        Corruption(
          .markDisagrees, path: file.path, offset: offset, position: chain.next,
          expected:
            "frame \(mark.batch) to end at offset \(mark.end) and position "
            + "\(mark.next.rawValue), as sync.mark says",
          actual:
            "frame \(chain.batch) ends at offset \(offset) and position "
            + "\(chain.next.rawValue)"))
    }
  }

  /// Shows the events from one position up to another, in batches, each frame verified.
  public func read<Failure: Error>(
    from: Position, to: Position? = nil,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    let end = to ?? durableEnd
    guard end <= durableEnd else {
      throw .log(.outOfRange(position: end, durableEnd: durableEnd))
    }
    try inventory.read(disk, folder, from: from, to: end, body)
  }

  /// The canonical bytes of one event.
  ///
  /// - Throws: `LogFault.outOfRange` for a position behind what is durable.
  public func bytes(at position: Position) throws(LogFault) -> [UInt8] {
    guard position < durableEnd else {
      throw .outOfRange(position: position, durableEnd: durableEnd)
    }
    var found: [UInt8] = []
    do throws(ReadFailure<Never>) {
      try read(from: position, to: position.advanced(by: 1)) { (batch) throws(Never) in
        found = unsafe batch.bytes(of: 0).withUnsafeBytes { unsafe [UInt8]($0) }
      }
    } catch {
      switch error {
      case .log(let fault): throw fault
      }
    }
    return found
  }

  /// One event.
  ///
  /// - Throws: `LogFault` as `bytes(at:)` does; `DecodeFault` where the bytes are no event.
  public func event(at position: Position) throws -> Event {
    let bytes = try bytes(at: position)
    return try Event(decoding: unsafe bytes.span.bytes)
  }

  /// The root in the seal of the segment that ends before a position; nil where none does.
  public func sealedRoot(at position: Position) throws(LogFault) -> Digest? {
    try inventory.sealedRoot(disk, folder, at: position)
  }

  /// What opening this log for writing would find in its last segment; changes nothing.
  ///
  /// Beside a live writer the answer may be `.torn` for a batch in flight.
  public func verdict() throws(LogFault) -> Recovery.Verdict {
    guard let last = inventory.segments.last else { return .clean }
    let file = try SegmentFile(disk, path: folder.path(last), expecting: logID)
    let chain = last.chain(incarnation: inventory.sealedIncarnation)
    return try file.walk(from: chain, place: .last, mark: mark) { _, _ in }.verdict
  }

  /// The files of the log with the position each begins at, in order.
  public var segmentPaths: [(path: String, first: Position)] {
    inventory.segments.map { (folder.path($0), $0.firstPosition) }
  }

  /// The Merkle leaves of a range as the derived file has them; nil where it has not all of them.
  ///
  /// Believe them only where they lead to a signed root.
  public func derivedLeaves(_ range: Range<UInt64>) -> [Digest]? {
    guard let file = try? LeavesFile(disk, path: folder.leaves, .read) else { return nil }
    let found = try? file.read(range)
    try? disk.close(file.file)
    return found?.count == range.count ? found : nil
  }
}
