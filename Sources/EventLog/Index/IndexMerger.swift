// From several index files in a row to one.

import Events
import Platform

/// Merges index files that cover consecutive segments.
enum IndexMerger {
  /// Writes the merged file under a temporary name.
  static func merge<D: Disk>(
    _ files: [IndexFile], on disk: D, _ folder: LogFolder
  ) throws(LogFault) -> IndexDraft {
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
    let writer = try onDisk { () throws(Fault) in
      try IndexWriter(disk, folder.indexDraft, header)
    }
    do {
      for file in files {
        for block in 0..<file.header.placeBlocks {
          let places = try file.placeBlock(block)
          try onDisk { () throws(Fault) in try writer.add(places: places.span) }
        }
      }
      var sorter = EntrySorter()
      var merged: [UInt64] = []
      for run in IndexRun.allCases.indices {
        for partition in 0..<IndexEntry.partitions {
          try gather(files, run, partition, header.first, &sorter, into: &merged)
          try onDisk { () throws(Fault) in
            try writer.add(merged.span, run: run, partition: partition)
          }
        }
      }
      try onDisk { () throws(Fault) in try writer.finish() }
    } catch {
      writer.abandon()
      throw error
    }
    return IndexDraft(header: header, filter: writer.filter)
  }

  /// The entries of one partition of all files, counted from the first position of the merged one.
  ///
  /// - Parameter merged: takes them; its memory is used again.
  private static func gather(
    _ files: [IndexFile], _ run: Int, _ partition: Int, _ first: Position,
    _ sorter: inout EntrySorter, into merged: inout [UInt64]
  ) throws(LogFault) {
    merged.removeAll(keepingCapacity: true)
    for file in files {
      let moved = (file.header.first.rawValue - first.rawValue) << 1
      for entry in try file.partition(run, partition) { merged.append(entry + moved) }
    }
    // File after file they stand in the order of their events.
    sorter.sort(&merged)
  }
}
