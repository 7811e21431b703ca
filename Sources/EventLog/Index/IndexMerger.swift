// From several index files in a row to one, piece by piece: what is sealed meanwhile gets its own
// file between two pieces, and nobody waits for a merge of a hundred million entries.

import Events
import Platform

/// A merge of index files that cover consecutive segments.
///
/// Whoever keeps the index has it, on one thread at a time.
final class IndexMerger<D: Disk>: @unchecked Sendable {
  let files: [IndexFile]
  private let header: IndexHeader
  private let writer: IndexWriter<D>
  private var sorter = EntrySorter()
  /// Memory for the entries of a partition.
  private var spare: [UInt64] = []
  /// The places of each file are a piece, and then each partition of each run.
  private var piece = 0
  private var isEnded = false

  /// Begins the merged file under a temporary name.
  init(_ files: [IndexFile], on disk: D, _ folder: LogFolder) throws(LogFault) {
    guard let first = files.first, let last = files.last else {
      preconditionFailure("nothing is merged")
    }
    let shapes = IndexRun.allCases.map { run in
      IndexShape(entries: files.reduce(0) { $0 + $1.header.shapes[run.rawValue].entries })
    }
    let header = IndexHeader(
      logID: first.header.logID, first: first.header.first, end: last.header.end,
      firstSegment: first.header.firstSegment,
      segments: files.reduce(0) { $0 + $1.header.segments }, link: last.header.link,
      shapes: shapes, filtered: files.reduce(0) { $0 + $1.header.filtered })
    writer = try onDisk { () throws(Fault) in
      try IndexWriter(disk, folder.mergeDraft, header)
    }
    self.files = files
    self.header = header
  }

  deinit { if !isEnded { writer.close() } }

  /// Whether all is written but for `finish`.
  var isWritten: Bool {
    piece == files.count + IndexRun.allCases.count * IndexEntry.partitions
  }

  /// Writes the next piece.
  func step() throws(LogFault) {
    precondition(!isWritten, "a merge goes on behind its end")
    if piece < files.count {
      try addPlaces(of: files[piece])
    } else {
      let (run, partition) = (piece - files.count).quotientAndRemainder(
        dividingBy: IndexEntry.partitions)
      let entries = try gather(run, partition)
      try onDisk { () throws(Fault) in
        try writer.add(entries.span, run: run, partition: partition)
      }
      spare = entries
    }
    piece += 1
  }

  /// Makes the file durable; it still has to get its name.
  func finish() throws(LogFault) -> IndexDraft {
    try onDisk { () throws(Fault) in try writer.finish() }
    isEnded = true
    return IndexDraft(header: header, filter: writer.filter)
  }

  /// Gives the file up.
  func abandon() {
    guard !isEnded else { return }
    isEnded = true
    writer.abandon()
  }

  private func addPlaces(of file: IndexFile) throws(LogFault) {
    for block in 0..<file.header.placeBlocks {
      let places = try file.placeBlock(block)
      try onDisk { () throws(Fault) in try writer.add(places: places.span) }
    }
  }

  /// Puts the entries of one partition of all files together, counted from the first position of
  /// the merged one.
  private func gather(_ run: Int, _ partition: Int) throws(LogFault) -> [UInt64] {
    var entries = spare
    spare = []
    entries.removeAll(keepingCapacity: true)
    for file in files {
      let moved = (file.header.first.rawValue - header.first.rawValue) << 1
      for entry in try file.partition(run, partition) { entries.append(entry + moved) }
    }
    // File after file they stand in the order of their events.
    sorter.sort(&entries)
    return entries
  }
}
