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
      for run in IndexRun.allCases.indices {
        for partition in 0..<IndexEntry.partitions {
          let merged = try merged(files, run, partition, header.first)
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
  private static func merged(
    _ files: [IndexFile], _ run: Int, _ partition: Int, _ first: Position
  ) throws(LogFault) -> [UInt64] {
    var rows: [[UInt64]] = []
    for file in files {
      let moved = (file.header.first.rawValue - first.rawValue) << 1
      rows.append(try file.partition(run, partition).map { $0 + moved })
    }
    while rows.count > 1 {
      var next: [[UInt64]] = []
      for index in stride(from: 0, to: rows.count, by: 2) {
        next.append(
          index + 1 < rows.count ? merged(rows[index], rows[index + 1]) : rows[index])
      }
      rows = next
    }
    return rows[0]
  }

  private static func merged(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    unsafe [UInt64](unsafeUninitializedCapacity: left.count + right.count) { target, count in
      var (from, other) = (0, 0)
      for index in 0..<left.count + right.count {
        let takesLeft = other == right.count || from < left.count && left[from] < right[other]
        unsafe target.initializeElement(at: index, to: takesLeft ? left[from] : right[other])
        if takesLeft { from += 1 } else { other += 1 }
      }
      count = left.count + right.count
    }
  }
}
