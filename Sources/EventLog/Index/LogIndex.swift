// The index of all sealed segments up to a position: what a daemon asks instead of remembering.

public import Events
import Platform
private import Synchronization

/// Index files that cover the log from its beginning without a gap.
///
/// It never changes: what covers more is another value, which shares the files.
public final class LogIndex: Sendable {
  /// One past the last position it covers.
  public let end: Position
  public let hash: IndexHash
  let files: [IndexFile]
  /// Of files that are not merged yet.
  let rows: [RowFilter]
  private let filters: FilterRow
  private let doors: SegmentDoors

  /// Files in the order of their positions, the first at position 0, each where the last ended.
  init(
    _ files: [IndexFile], _ hash: IndexHash, _ doors: SegmentDoors, _ rows: [RowFilter] = []
  ) {
    self.files = files
    self.hash = hash
    self.doors = doors
    let own = files.compactMap(\.filter)
    precondition(own.isEmpty || own.count == files.count, "some files have no filter")
    // Those that stand for files which are still there.
    let rows = rows.filter { row in files.contains { row.covers($0.header) } }
    self.rows = rows
    let others = files.filter { file in !rows.contains { $0.covers(file.header) } }
    filters = FilterRow(others.compactMap { $0.filter?.bits } + rows.map(\.bits))
    end = files.last?.header.end ?? .zero
  }

  func with(_ hash: IndexHash) -> LogIndex { LogIndex(files, hash, doors, rows) }
  /// The same segments' index with other files.
  func with(_ files: [IndexFile]) -> LogIndex { LogIndex(files, hash, doors, rows) }
  /// The same files asked through other filters of their rows.
  func with(_ rows: [RowFilter]) -> LogIndex { LogIndex(files, hash, doors, rows) }

  /// Whether a file is asked through the filter of its row.
  func covers(_ header: IndexHeader) -> Bool { rows.contains { $0.covers(header) } }

  /// Another segment has been sealed: its path has to be known before an event of it is asked for.
  func know(_ segments: [Segment]) { doors.know(segments) }

  /// Asks for what `mayHold` will look at.
  @inline(__always)
  public func prefetch(_ hash: UInt64) {
    for index in 0..<filters.count { filters[index].prefetch(hash) }
  }

  /// False where no event that a decision asks for has an id of this hash; of use only where the
  /// filters were read.
  @inline(__always)
  public func mayHold(_ hash: UInt64) -> Bool {
    for index in 0..<filters.count where filters[index].mayHold(hash) { return true }
    return false
  }

  /// The positions of events under a hash, in their order; other ids may share the hash.
  ///
  /// - Parameter isAsked: whether only what stands in the filters is of interest, so that most
  ///   files need not be looked into.
  public func find(
    _ run: IndexRun, _ hash: UInt64, isAsked: Bool
  ) throws(LogFault) -> [Position] {
    var found: [Position] = []
    for file in files where !isAsked || file.filter?.bits.mayHold(hash) ?? true {
      found.append(contentsOf: try file.find(run, hash, isAsked: isAsked))
    }
    return found
  }

  /// The canonical bytes of an event, held against the checksum that was taken when the index was
  /// made.
  public func event(_ position: Position) throws(LogFault) -> [UInt8] {
    guard let file = files.first(where: { $0.header.end > position }) else {
      throw .outOfRange(position: position, durableEnd: end)
    }
    let place = try file.place(position)
    let (bytes, path) = try doors.event(position, at: place.offset)
    guard bytes.checksum(0..<bytes.count) == place.checksum else {
      throw .corrupt(
        Corruption(
          .sealedDamage, path: path, offset: place.offset, position: position,
          expected: "the event that was written", actual: "other bytes"))
    }
    return bytes
  }
}

/// The bits of all filters in memory of its own: an array is counted by everybody who looks into
/// it, and every notice does so several times.
@safe private final class FilterRow: @unchecked Sendable {
  private let start: UnsafeMutablePointer<FilterBits>
  let count: Int

  init(_ filters: [FilterBits]) {
    count = filters.count
    unsafe start = .allocate(capacity: max(count, 1))
    for index in filters.indices { unsafe (start + index).initialize(to: filters[index]) }
  }

  deinit { unsafe start.deallocate() }

  subscript(index: Int) -> FilterBits {
    @inline(__always)
    get {
      precondition(index >= 0 && index < count, "a filter is asked for that is not there")
      return unsafe start[index]
    }
  }
}

/// Sealed segments, opened when an event of theirs is asked for.
final class SegmentDoors: Sendable {
  /// How many stand open at once.
  private static let openMax = 192
  /// Read at once: most events are shorter.
  private static let eventLength = 384

  private struct State {
    var segments: [Segment] = []
    var open: [UInt32: DiskFile] = [:]
  }

  private let disk: any Disk
  private let folder: LogFolder
  private let state = Mutex(State())

  init(_ disk: any Disk, _ folder: LogFolder, _ segments: [Segment]) {
    self.disk = disk
    self.folder = folder
    know(segments)
  }

  deinit {
    state.withLock { state in
      for (_, file) in state.open { try? disk.close(file) }
    }
  }

  func know(_ segments: [Segment]) { state.withLock { $0.segments = segments } }

  /// The bytes that an event of a position should have, where it should stand.
  func event(_ position: Position, at offset: Int) throws(LogFault) -> ([UInt8], String) {
    // Read with the lock held: whoever opens one door too many closes all others.
    try state.withLock { (state) throws(LogFault) in
      let (segment, file) = try door(position, &state)
      let path = folder.path(segment)
      var bytes = try IndexFile.bytes(disk, file, offset..<offset + SegmentDoors.eventLength)
      guard bytes.count >= Frame.headLength else { return (bytes, path) }
      let length = unsafe Int(
        bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 68, as: UInt16.self))
      if length > bytes.count { bytes = try IndexFile.bytes(disk, file, offset..<offset + length) }
      return ([UInt8](bytes.prefix(max(length, Frame.headLength))), path)
    }
  }

  private func door(
    _ position: Position, _ state: inout State
  ) throws(LogFault) -> (Segment, DiskFile) {
    let index = SegmentDoors.index(of: position, in: state.segments)
    guard let index else { throw .outOfRange(position: position, durableEnd: .zero) }
    let segment = state.segments[index]
    if let file = state.open[segment.number] { return (segment, file) }
    if state.open.count >= SegmentDoors.openMax {
      for (_, file) in state.open { try? disk.close(file) }
      state.open.removeAll()
    }
    let file = try onDisk { () throws(Fault) in try disk.open(folder.path(segment), .read) }
    state.open[segment.number] = file
    return (segment, file)
  }

  /// The segment that a position stands in.
  private static func index(of position: Position, in segments: [Segment]) -> Int? {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].firstPosition <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }
}
