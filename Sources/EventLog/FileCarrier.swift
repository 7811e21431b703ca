// The carrier that keeps a log in files. Segment.swift, Frame.swift and SyncMark.swift own its
// formats, Recovery.swift what opening does.
//
// An append is one write of header and body (in pieces, where they are long), one fdatasync, and
// one write of sync.mark; only then does it return. While a large batch leaves for the device, its
// leaves are added to the tree; behind a small one zeros are laid for those that follow.
//
// Any error on the way poisons the carrier: every later call gets the same fault and nothing is
// tried again, because a second fdatasync after a failed one reports success for bytes that are not
// on the disk. The one exception is a full disk while the next segment is being prepared: nothing
// has been written yet, so that is `.full` and may be repeated. What is only laid or prepared ahead
// may fail and be left out, for no event depends on it.

public import Events
import CRecord
public import Merkle
public import Platform

/// A log in a folder, open for writing by this process alone.
///
/// It is one writer: keep one copy of the value.
public struct FileCarrier<D: Disk>: Carrier, Sendable {
  /// The segment that frames go into.
  struct Active {
    var segment: Segment
    var file: DiskFile
    var path: String
    /// Where the next frame goes.
    var offset: Int
    /// Where the zeros end that this carrier has laid; at or before `offset` where none are ahead.
    var zerosEnd: Int
  }

  /// A prepared next.tmp.
  struct Spare {
    var file: DiskFile
    var capacity: Int
  }

  let disk: D
  let folder: LogFolder
  let options: LogOptions
  let lock: DiskFile
  let markFile: DiskFile
  var leavesFile: LeavesFile<D>?
  var inventory: Inventory
  /// Nil between a seal and the first append after it.
  var active: Active?
  var spare: Spare?
  /// next.tmp could not be made ahead; the roll says why, if that is still so.
  var hasGivenUpSpare = false
  var chain: Chain
  var tree: CompactTree
  /// The edge behind which opening hashed the events again.
  var begunWith = CompactTree()
  var mark: SyncMark
  var hasReserve: Bool
  var poison: LogFault?

  public var durableEnd: Position { chain.next }
  public var lastLogTime: Timestamp { chain.logTime }
  public var root: Digest { tree.root }
  public var sealedEnd: Position { inventory.segments.last?.firstPosition ?? .zero }
  /// In the last sixteenth of a segment: one or two more batches find room there, unless they are
  /// of the largest.
  public var isNearSeal: Bool {
    active.map { $0.offset >= $0.segment.capacity - $0.segment.capacity / 16 } ?? false
  }
  public var head: TreeHead { tree.head }
  public var logID: LogID { chain.logID }
  public var incarnation: UInt32 { chain.incarnation }
  /// Frames written so far, of every kind.
  public var frames: UInt64 { chain.batch }
  /// The fault that ended this carrier's life; nil while it lives.
  public var fault: LogFault? { poison }

  // MARK: Appending

  public mutating func append(
    _ batch: BatchBuffer, expecting: Position, logTime: Timestamp, leaves: Span<Digest>,
    isControl: Bool
  ) throws(LogFault) {
    try checkAlive()
    precondition(!batch.isEmpty, "an empty batch is appended")
    precondition(leaves.count == batch.count, "a batch has not one leaf for each event")
    precondition(logTime >= chain.logTime, "log time goes back")
    guard expecting == durableEnd else {
      throw .unexpectedPosition(expected: expecting, durableEnd: durableEnd)
    }
    let length = Frame.headerLength + batch.byteCount
    try makeRoom(for: length, at: logTime, isControl: isControl)
    guard let active else { preconditionFailure("there is room and no active segment") }
    let sum = batch.withBody { checksum($0) }
    let header = Frame.following(
      chain, kind: .batch, count: batch.count, body: (batch.byteCount, sum), logTime: logTime,
      segment: active.segment.number, offset: active.offset)
    var written = header
    var grown = tree
    do {
      try batch.withFrame(header: { written = Frame.write(header, into: &$0) }) {
        (bytes: RawSpan) throws(LogFault) in
        try write(bytes, in: active)
      }
      if length >= FileCarrier.earlyMin {
        disk.beginWriting(active.file, active.offset..<active.offset + length)
      }
      grown.append(contentsOf: leaves)
      try synchronize(active)
    } catch { throw poisoned(by: error) }
    tree = grown
    try settle(written, in: active)
    keep(leaves, from: expecting)
    layZeros(behind: length)
    prepareSpareAhead()
  }

  /// Appends a frame without events.
  mutating func appendFrame(
    _ kind: FrameKind, body: [UInt8] = [], at time: Timestamp
  ) throws(LogFault) {
    guard let active else { preconditionFailure("a frame is appended without a segment") }
    let header = Frame.following(
      chain, kind: kind, count: 0, body: (body.count, body.checksum(0..<body.count)),
      logTime: time, segment: active.segment.number, offset: active.offset)
    var bytes = [UInt8](repeating: 0, count: Frame.headerLength) + body
    var written = header
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      written = Frame.write(header, into: &span)
    }
    do {
      let span = unsafe bytes.span.bytes
      try write(span, in: active)
      try synchronize(active)
    } catch { throw poisoned(by: error) }
    try settle(written, in: active)
  }

  /// Batches of so many bytes are on their way to the device before they are waited for.
  private static var earlyMin: Int { 1 << 20 }

  /// Writes a frame.
  private func write(_ bytes: RawSpan, in active: Active) throws(LogFault) {
    do {
      try disk.writeAll(active.file, bytes, at: active.offset, path: active.path)
    } catch { throw .disk(error) }
  }

  /// Makes what was written durable.
  private func synchronize(_ active: Active) throws(LogFault) {
    do {
      #if PLANTED_BUGS
        if options.has(.skipSync) { return }
        if options.has(.retryFailedSync) {
          do { try disk.synchronize(active.file) } catch { try disk.synchronize(active.file) }
          return
        }
      #endif
      try disk.synchronize(active.file)
    } catch { throw .disk(error) }
  }

  /// The frame is durable: moves the end of the log behind it and says so in sync.mark.
  private mutating func settle(
    _ header: sluice_frame_header, in active: Active
  ) throws(LogFault) {
    chain = chain.after(header)
    self.active?.offset = active.offset + header.frameLength
    do { try writeMark() } catch { throw poisoned(by: error) }
  }

  mutating func writeMark() throws(LogFault) {
    let end = active?.offset ?? mark.end
    let segment = active?.segment.number ?? mark.segment
    mark = SyncMark(generation: mark.generation + 1, chain: chain, segment: segment, end: end)
    do {
      try mark.withSlot(chain.logID) { slot throws(Fault) in
        try disk.writeAll(markFile, slot, at: mark.slotOffset, path: folder.mark)
      }
    } catch { throw .disk(error) }
  }

  /// Adds leaves to their file.
  ///
  /// It is derived: where it cannot be written, it stays behind and is mended by `idle` or the next
  /// opening.
  private mutating func keep(_ leaves: Span<Digest>, from first: Position) {
    guard leavesFile?.end == first.rawValue else { return }
    do {
      try leavesFile?.write(leaves, at: first.rawValue)
      leavesFile?.end = first.rawValue + UInt64(leaves.count)
    } catch {}
  }

  // MARK: Life and death

  func checkAlive() throws(LogFault) {
    if let poison { throw poison }
  }

  /// Remembers a fault for every later call.
  mutating func poisoned(by fault: LogFault) -> LogFault {
    #if PLANTED_BUGS
      if options.has(.noPoison) { return fault }
    #endif
    poison = fault
    return fault
  }

  public mutating func idle(at time: Timestamp) throws(LogFault) {
    try checkAlive()
    if chain.ending == .batch {
      try makeRoom(for: Frame.headerLength, at: time, isControl: false)
      try appendFrame(.mark, at: max(time, chain.logTime))
    }
    if let leavesFile, leavesFile.end != chain.next.rawValue { try mendLeaves() }
    layZeros(behind: 0)
    prepareSpareAhead()
  }

  public mutating func close(at time: Timestamp) throws(LogFault) {
    try checkAlive()
    try makeRoom(for: Frame.headerLength, at: time, isControl: true)
    try appendFrame(.clean, at: max(time, chain.logTime))
    if let leavesFile { try? disk.synchronize(leavesFile.file) }
    keepTree(.clean)
    var first: Fault?
    do { try disk.synchronize(markFile) } catch { first = error }
    if let active {
      do { try disk.close(active.file) } catch { first = first ?? error }
    }
    active = nil
    letGo()
    poison = .disk(
      Fault("pwrite", .badFile, path: folder.directory, hint: "The log was closed; open it again."))
    if let first { throw .disk(first) }
  }

  /// Closes every file without writing anything, as a process does that dies; the lock is free.
  public mutating func abandon() {
    if let active { try? disk.close(active.file) }
    active = nil
    letGo()
    poison =
      poison
      ?? .disk(Fault("pwrite", .badFile, path: folder.directory, hint: "The log was abandoned."))
  }

  private mutating func letGo() {
    if let spare { try? disk.close(spare.file) }
    if let leavesFile { try? disk.close(leavesFile.file) }
    try? disk.close(markFile)
    try? disk.unlock(lock)
    spare = nil
    leavesFile = nil
  }

  /// Writes the edge of the tree where the next opening looks for it.
  func keepTree(_ state: TreeRecord.State) {
    let record = TreeRecord(link: chain.link, tree: tree)
    // The whole place: what a larger edge has left would be no part of this one.
    let bytes = record.encoded
    let rest = [UInt8](repeating: 0, count: TreeRecord.lengthMax - bytes.count)
    try? disk.overwrite(folder.tree, bytes + rest, at: state.rawValue, synchronizing: true)
  }

  // MARK: Reading

  public func read<Failure: Error>(
    from: Position, to: Position,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    guard to <= durableEnd else {
      throw .log(.outOfRange(position: to, durableEnd: durableEnd))
    }
    try inventory.read(disk, folder, from: from, to: to, body)
  }

  public func leaves(_ range: Range<UInt64>) throws(LogFault) -> [Digest] {
    guard range.upperBound <= chain.next.rawValue else {
      throw .outOfRange(position: Position(range.upperBound), durableEnd: durableEnd)
    }
    if let leavesFile, leavesFile.end >= range.upperBound {
      let found = try onDisk { () throws(Fault) in try leavesFile.read(range) }
      if found.count == range.count { return found }
    }
    var found: [Digest] = []
    try foldLeaves(from: Position(range.lowerBound), to: Position(range.upperBound)) { _, block in
      for index in block.indices { found.append(block[index]) }
    }
    return found
  }

  public func root(at position: Position) throws(LogFault) -> Digest {
    if position == durableEnd { return tree.root }
    guard position < durableEnd else {
      throw .outOfRange(position: position, durableEnd: durableEnd)
    }
    // The leaves file is derived; it is believed where it leads on to the root of the whole log.
    if let leavesFile, leavesFile.end == tree.size,
      var grown = leavesFile.tree(upTo: position.rawValue)
    {
      let root = grown.root
      while grown.size < tree.size {
        let end = min(tree.size, grown.size + UInt64(LeavesFile<D>.blockCount))
        let block = try onDisk { () throws(Fault) in try leavesFile.read(grown.size..<end) }
        if block.isEmpty { break }
        grown.append(contentsOf: block.span)
      }
      if grown.size == tree.size, grown.root == tree.root { return root }
    }
    var recomputed = CompactTree()
    try foldLeaves(from: .zero, to: position) { _, block in recomputed.append(contentsOf: block) }
    return recomputed.root
  }

  /// Hashes events again and shows their leaves, a frame at a time, with the first one's position.
  func foldLeaves(
    from: Position, to: Position, _ body: (Position, Span<Digest>) throws(LogFault) -> Void
  ) throws(LogFault) {
    var leaves: [Digest] = []
    do {
      try inventory.read(disk, folder, from: from, to: to) { batch throws(LogFault) in
        leaves.removeAll(keepingCapacity: true)
        batch.appendLeaves(to: &leaves)
        try body(batch.first, leaves.span)
      }
    } catch {
      switch error {
      case .log(let fault): throw fault
      case .body(let fault): throw fault
      }
    }
  }

  mutating func mendLeaves() throws(LogFault) {
    guard var mended = leavesFile, mended.end < chain.next.rawValue else { return }
    try foldLeaves(from: Position(mended.end), to: chain.next) { first, block throws(LogFault) in
      do { try mended.write(block, at: first.rawValue) } catch { return }
      if mended.end == first.rawValue { mended.end += UInt64(block.count) }
    }
    leavesFile = mended
  }
}
