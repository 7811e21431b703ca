// A snapshot on its way into its file and out of it.

import EventLog
public import Events
public import Platform
public import Projections

extension Snapshot {
  /// Writes the snapshot's file into a directory, which is made where it is missing; returns when
  /// the file is durable.
  ///
  /// - Parameters:
  ///   - log: the id that stands in the log's segments.
  ///   - root: that of the tree over the events before the position.
  @discardableResult
  public func write(
    to directory: String, on disk: some Disk, log: LogID, root: Digest
  ) throws(Fault) -> SnapshotHead {
    precondition(sections == .all, "a snapshot is written in full")
    if try !disk.exists(directory) {
      try disk.makeDirectory(directory)
      try disk.synchronizeDirectory(parentDirectory(of: directory))
    }
    let path = "\(directory)/\(SnapshotFile.name(position))"
    let file = try disk.beginReplacing(path)
    var head = SnapshotHead(
      logID: log, position: position, logTime: logTime, root: root,
      merchants: UInt64(model.merchants.count))
    do throws(Fault) {
      let place = Place(disk: disk, file: file, path: path)
      let sink = DiskSections(place, at: SnapshotFile.headLength)
      for section in 0..<SnapshotFile.sectionCount {
        let offset = sink.offset
        sink.sum = 0
        var writer = SectionWriter(to: sink)
        write(SnapshotSections(rawValue: 1 << UInt32(section)), to: &writer)
        try writer.finish()
        head.sections.append(
          SnapshotFile.Section(sum: sink.sum, offset: offset, length: sink.offset - offset))
      }
      head.length = sink.offset
      let bytes = head.encoded
      try disk.writeAll(file, unsafe bytes.span.bytes, at: 0, path: path)
    } catch {
      disk.abandonReplacing(path, file)
      throw error
    }
    try disk.endReplacing(path, file)
    return head
  }
}

extension SnapshotFile {
  /// A file of this length is read by two threads: most of the time goes into the system's copies.
  public static let parallelMin = 64 << 20
  /// What the second thread reads: about half of the bytes where all merchants are enabled.
  private static let besides: SnapshotSections = [.ids, .feed]

  /// The snapshot at a position, or the parts of it that are asked for.
  ///
  /// The registry and the rollouts are always among them.
  ///
  /// - Parameter parallelMin: from which length on two threads read the file.
  public static func read<D: Disk>(
    _ directory: String, _ position: Position, _ disk: D, sections: SnapshotSections = .all,
    parallelMin: Int = SnapshotFile.parallelMin
  ) throws(SnapshotFault) -> (head: SnapshotHead, snapshot: Snapshot) {
    let sections = sections.union(.base).intersection(.all)
    let parts = try parts(directory, position, disk, sections, parallelMin: parallelMin)
    try parts.check()
    return (parts.head, Snapshot(parts, sections))
  }

  /// The registry of the snapshot at a position without its rollouts: the book knows no standing.
  ///
  /// - Parameters:
  ///   - findsIDs: whether merchants are found by their external ids.
  ///   - parallelMin: from which length on two threads read the file.
  public static func readRegistry<D: Disk>(
    _ directory: String, _ position: Position, _ disk: D, findsIDs: Bool,
    parallelMin: Int = SnapshotFile.parallelMin
  ) throws(SnapshotFault) -> (head: SnapshotHead, book: MerchantBook) {
    let parts = try parts(
      directory, position, disk, [.ids, .merchants], findsIDs: findsIDs, parallelMin: parallelMin)
    return (parts.head, parts.merchants)
  }

  private static func parts<D: Disk>(
    _ directory: String, _ position: Position, _ disk: D, _ sections: SnapshotSections,
    findsIDs: Bool = true, parallelMin: Int
  ) throws(SnapshotFault) -> SnapshotParts {
    let file = try open(directory, position, disk)
    defer { try? disk.close(file) }
    let head = try head(file, position, disk)
    let place = Place(disk: disk, file: file, path: "\(directory)/\(name(position))")
    let none = SnapshotParts(head, findsIDs: findsIDs)
    guard head.length >= parallelMin,
      let reader = BesideReader(place, none, sections.intersection(besides))
    else { return try read(place, none, sections) }
    // The other thread is waited for whatever happens here: it reads from the same file.
    let own = Result { () throws(SnapshotFault) in
      try read(place, none, sections.subtracting(besides))
    }
    let other = reader.wait()
    var parts = try own.get()
    parts.take(besides, of: try other.get())
    return parts
  }

  /// Reads sections one after the other.
  fileprivate static func read<D: Disk>(
    _ place: Place<D>, _ none: SnapshotParts, _ sections: SnapshotSections
  ) throws(SnapshotFault) -> SnapshotParts {
    var parts = none
    for (number, section) in parts.head.sections.enumerated() {
      let wanted = SnapshotSections(rawValue: 1 << UInt32(number))
      guard sections.contains(wanted) else { continue }
      let source = DiskSections(place, at: section.offset)
      var reader = SectionReader(from: source, length: section.length)
      do throws(SectionFault) {
        try parts.read(wanted, from: &reader)
      } catch {
        switch error {
        case .disk(let fault): throw .disk(fault)
        case .wrong(let what):
          throw .damaged("in its section of \(SnapshotSections.names[number]) \(what)")
        }
      }
      guard source.sum == section.sum else {
        throw .damaged("its section of \(SnapshotSections.names[number]) has another checksum")
      }
    }
    return parts
  }
}

/// A thread that reads some of the sections.
private struct BesideReader {
  private let box = Mailbox<Result<SnapshotParts, SnapshotFault>>()
  private let worker: Worker

  /// Nil where the system has no thread left.
  init?<D: Disk>(
    _ place: Place<D>, _ none: SnapshotParts, _ sections: SnapshotSections
  ) {
    let started = try? Worker("snapshot") { [box] in
      _ = box.put(
        Result { () throws(SnapshotFault) in try SnapshotFile.read(place, none, sections) })
    }
    guard let started else { return nil }
    worker = started
  }

  func wait() -> Result<SnapshotParts, SnapshotFault> {
    guard let result = box.take() else { preconditionFailure("a reader ends without its parts") }
    worker.join()
    return result
  }
}

/// An open file.
private struct Place<D: Disk>: Sendable {
  let disk: D
  let file: DiskFile
  let path: String
}

/// A file as the place of sections, one behind the other, with the checksum of what has passed.
private final class DiskSections<D: Disk>: SectionSink, SectionSource {
  private let place: Place<D>
  private(set) var offset: Int
  var sum: UInt32 = 0

  init(_ place: Place<D>, at offset: Int) {
    self.place = place
    self.offset = offset
  }

  func write(_ bytes: RawSpan) throws(Fault) {
    sum = checksum(bytes, after: sum)
    try place.disk.writeAll(place.file, bytes, at: offset, path: place.path)
    offset += bytes.byteCount
  }

  func read(into bytes: inout MutableRawSpan) throws(Fault) {
    guard try place.disk.readAll(place.file, into: &bytes, at: offset) == bytes.byteCount else {
      throw Fault(
        "pread", .inputOutput, path: place.path, offset: offset,
        hint: "The file became shorter while it was read.")
    }
    sum = checksum(bytes.bytes, after: sum)
    offset += bytes.byteCount
  }
}
