// A copy of a log, made while its daemon writes.
//
// Sealed segments never change and are copied whole, each once: where one of that length stands in
// the copy it is left alone. Of the last segment the bytes up to the end that `sync.mark` names are
// copied, for what stands behind them may be a frame in the making, which no copy catches in one
// piece. The mark itself is written last, so that a copy that is cut short is the one before it.
//
// A head that is to be held against the copy must be read before the copy is begun: then the copy
// has all events that it covers.

public import Events
import Platform

/// What a copy has.
public struct LogCopy: Hashable, Sendable {
  static let chunkLength = 1 << 20

  /// One past its last event.
  public var next: Position
  public var segments = 0
  /// Segments that were there already.
  public var kept = 0
  /// Bytes that were written.
  public var bytes = 0
}

extension LogReader {
  /// Copies the log, up to its durable end, into a folder that holds an earlier copy or nothing.
  ///
  /// - Parameter progress: is told how many bytes of how many are behind.
  /// - Throws: `LogFault.alreadyALog` where the folder holds another log, or more of this one;
  ///   `LogFault.locked` where a daemon serves it.
  public func copy(
    to directory: String, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(LogFault) -> LogCopy {
    let target = LogFolder(directory)
    try prepare(target)
    // Nobody may write there: whoever serves a copy holds its lock.
    guard let lock = try onDisk({ () throws(Fault) in try disk.lock(directory) }) else {
      throw .locked(directory: directory, holder: "")
    }
    defer { try? disk.unlock(lock) }
    let last = mark.map { mark in inventory.segments.filter { $0.number <= mark.segment } }
    let segments = last ?? inventory.segments
    var lengths: [Int] = []
    for segment in segments { lengths.append(try length(segment)) }
    let whole = lengths.reduce(0, +)
    var copy = LogCopy(next: durableEnd)
    var behind = 0
    for (segment, length) in zip(segments, lengths) {
      copy.segments += 1
      if segment.number < segments.count - 1, try has(target.path(segment), length) {
        copy.kept += 1
      } else {
        try write(segment, length, to: target) { progress(behind + $0, whole) }
        copy.bytes += length
      }
      behind += length
    }
    guard let mark else { return copy }
    var bytes = [UInt8](repeating: 0, count: 2 * SyncMark.slotLength)
    bytes.replaceSubrange(
      mark.slotOffset..<mark.slotOffset + SyncMark.slotLength, with: mark.encoded(logID))
    try onDisk { () throws(Fault) in
      try disk.replaceFile(target.mark, with: unsafe bytes.span.bytes)
    }
    return copy
  }

  /// Makes the folders, or refuses those that hold what is no earlier copy.
  private func prepare(_ target: LogFolder) throws(LogFault) {
    let isThere = try onDisk { () throws(Fault) in try disk.exists(target.segments) }
    guard isThere else {
      try onDisk { () throws(Fault) in
        if try !disk.exists(target.directory) { try disk.makeDirectory(target.directory) }
        try disk.makeDirectory(target.segments)
      }
      return
    }
    let names = try onDisk { () throws(Fault) in try disk.list(target.segments) }
    if names.isEmpty { return }
    let earlier = try LogReader(disk, target.directory)
    guard earlier.logID == logID, earlier.durableEnd <= durableEnd else {
      throw .alreadyALog(directory: target.directory)
    }
  }

  /// How many bytes of a segment belong to the copy.
  private func length(_ segment: Segment) throws(LogFault) -> Int {
    if let mark, segment.number == mark.segment { return mark.end }
    let path = folder.path(segment)
    return try onDisk { () throws(Fault) in
      let file = try disk.open(path, .read)
      defer { try? disk.close(file) }
      return try disk.size(file)
    }
  }

  private func has(_ path: String, _ length: Int) throws(LogFault) -> Bool {
    try onDisk { () throws(Fault) in
      guard try disk.exists(path) else { return false }
      let file = try disk.open(path, .read)
      defer { try? disk.close(file) }
      return try disk.size(file) == length
    }
  }

  /// Writes a segment beside the others, makes it durable, and gives it its name.
  private func write(
    _ segment: Segment, _ length: Int, to target: LogFolder, progress: (Int) -> Void
  ) throws(LogFault) {
    let (source, beside) = (folder.path(segment), target.directory + "/copy")
    try onDisk { () throws(Fault) in
      let from = try disk.open(source, .read)
      defer { try? disk.close(from) }
      let file = try disk.beginReplacing(beside)
      do throws(Fault) {
        var chunk = [UInt8](repeating: 0, count: LogCopy.chunkLength)
        var done = 0
        while done < length {
          var span = chunk.mutableSpan
          var room = unsafe span.mutableBytes
          var part = room._mutatingExtracting(0..<min(LogCopy.chunkLength, length - done))
          let taken = try disk.readAll(from, into: &part, at: done)
          // Behind its last byte a segment is zeros, which nobody has to store.
          if taken == 0 { break }
          try disk.writeAll(
            file, unsafe chunk.span.bytes.extracting(0..<taken), at: done, path: beside)
          done += taken
          progress(done)
        }
        try disk.synchronize(file)
      } catch {
        disk.abandonReplacing(beside, file)
        throw error
      }
      try disk.close(file)
      try disk.rename(beside + ".tmp", to: target.path(segment), replacing: true)
      try disk.synchronizeDirectory(target.segments)
    }
  }
}
