// One index file, open for questions.

import Events
import Platform

/// An index file whose front is in memory; entries and places are read where they are asked for,
/// each block held against its checksum.
///
/// Files are read and not mapped: a place that the disk cannot read is then an error and no signal.
final class IndexFile: Sendable {
  /// Bytes of one read of places or of a bucket, unless a bucket is longer.
  private static let blockLength = IndexHeader.placesPerBlock * IndexHeader.placeLength

  let path: String
  let header: IndexHeader
  /// Nil where only the entries are of interest.
  let filter: IdentifierFilter?
  private let disk: any Disk
  private let file: DiskFile
  private let words: [UInt32]

  /// Opens a file and reads its front.
  ///
  /// - Throws: `LogFault.corrupt` for bytes that are no index of the log.
  ///
  /// - Parameters:
  ///   - hasFilter: whether the filter is wanted, which is the longest part of the front.
  ///   - known: the filter, where it need not be read.
  init(
    _ disk: any Disk, path: String, log: LogID, hasFilter: Bool = true,
    known: IdentifierFilter? = nil
  ) throws(LogFault) {
    self.path = path
    self.disk = disk
    let file = try onDisk { () throws(Fault) in try disk.open(path, .read) }
    do {
      let (header, sums) = try IndexFile.header(disk, file, path, log)
      self.header = header
      words = try IndexFile.words(disk, file, path, header, sums)
      if known != nil || !hasFilter {
        filter = known
      } else {
        filter = try IndexFile.filter(disk, file, path, header, sums)
      }
    } catch {
      try? disk.close(file)
      throw error
    }
    self.file = file
  }

  deinit { try? disk.close(file) }

  private static func header(
    _ disk: any Disk, _ file: DiskFile, _ path: String, _ log: LogID
  ) throws(LogFault) -> (IndexHeader, IndexSums) {
    let head = try IndexFile.bytes(disk, file, 0..<IndexHeader.length)
    let size = try onDisk { () throws(Fault) in try disk.size(file) }
    guard let (header, sums) = IndexHeader.decoded(head), header.logID == log,
      header.fileLength == size
    else { throw damage(path, 0, "another header") }
    return (header, sums)
  }

  private static func words(
    _ disk: any Disk, _ file: DiskFile, _ path: String, _ header: IndexHeader, _ sums: IndexSums
  ) throws(LogFault) -> [UInt32] {
    let start = IndexHeader.length
    let front = try IndexFile.bytes(disk, file, start..<start + header.filterStart)
    guard front.count == header.filterStart, front.checksum(0..<front.count) == sums.front else {
      throw damage(path, start, "a front with another checksum")
    }
    let span = unsafe front.span.bytes
    let words = (0..<header.filterStart / 4).map {
      unsafe span.unsafeLoadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)
    }
    guard isOrdered(words, header) else { throw damage(path, start, "buckets out of their order") }
    return words
  }

  private static func filter(
    _ disk: any Disk, _ file: DiskFile, _ path: String, _ header: IndexHeader, _ sums: IndexSums
  ) throws(LogFault) -> IdentifierFilter {
    let filter = IdentifierFilter(blocks: header.filterBlocks)
    let start = IndexHeader.length + header.filterStart
    try filter.withBytes { bits throws(LogFault) in
      var held = 0
      do throws(Fault) {
        held = try disk.readAll(file, into: &bits, at: start)
      } catch { throw .disk(error) }
      guard held == bits.byteCount, IdentifierFilter.checksum(bits.bytes) == sums.filter else {
        throw damage(path, start, "a filter with another checksum")
      }
    }
    return filter
  }

  private static func isOrdered(_ words: [UInt32], _ header: IndexHeader) -> Bool {
    var base = 0
    for shape in header.shapes {
      for bucket in 0..<shape.buckets where words[base + bucket] > words[base + bucket + 1] {
        return false
      }
      guard words[base] == 0, Int(words[base + shape.buckets]) == shape.entries else {
        return false
      }
      base += 2 * shape.buckets + 1
    }
    return true
  }

  static func damage(_ path: String, _ offset: Int, _ actual: String) -> LogFault {
    .corrupt(
      Corruption(
        .index, path: path, offset: offset, expected: "the index of this log", actual: actual))
  }

  static func bytes(
    _ disk: any Disk, _ file: DiskFile, _ range: Range<Int>
  ) throws(LogFault) -> [UInt8] {
    var held = 0
    var bytes = [UInt8](repeating: 0, count: range.count)
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try disk.readAll(file, into: &span, at: range.lowerBound)
    } catch { throw .disk(error) }
    return held == range.count ? bytes : [UInt8](bytes[0..<held])
  }

  private func base(of run: Int) -> Int {
    header.shapes[..<run].reduce(0) { $0 + 2 * $1.buckets + 1 }
  }

  /// Reads a part of the file that has one checksum.
  private func words(_ range: Range<Int>, _ sum: UInt32) throws(LogFault) -> [UInt64] {
    let bytes = try IndexFile.bytes(disk, file, range)
    guard bytes.count == range.count, bytes.checksum(0..<bytes.count) == sum else {
      throw IndexFile.damage(path, range.lowerBound, "other bytes than were written")
    }
    let span = unsafe bytes.span.bytes
    return (0..<range.count / 8).map {
      unsafe span.unsafeLoadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
    }
  }

  private func bucket(_ run: Int, _ bucket: Int) throws(LogFault) -> [UInt64] {
    let base = base(of: run)
    let start = header.start(of: run)
    let range =
      start + Int(words[base + bucket]) * IndexHeader.entryLength..<start + Int(
        words[base + bucket + 1]) * IndexHeader.entryLength
    guard !range.isEmpty else { return [] }
    return try words(range, words[base + header.shapes[run].buckets + 1 + bucket])
  }

  /// The positions of the events that stand under a hash, in their order.
  ///
  /// - Parameter isAsked: whether only those count that a decision asks for.
  func find(
    _ run: IndexRun, _ hash: UInt64, isAsked: Bool
  ) throws(LogFault) -> [Position] {
    let shape = header.shapes[run.rawValue]
    guard shape.entries > 0 else { return [] }
    let kept = hash & (1 << UInt64(IndexEntry.keptBits) - 1)
    var found: [Position] = []
    for entry in try bucket(run.rawValue, shape.bucket(hash))
    where IndexEntry.kept(entry) == kept && (!isAsked || IndexEntry.isAsked(entry)) {
      let event = IndexEntry.event(entry)
      guard event < header.events else {
        throw IndexFile.damage(path, 0, "an entry of an event that is not in the file")
      }
      found.append(header.first.advanced(by: event))
    }
    return found
  }

  /// Where an event of this file stands in its segment, and the checksum of its bytes.
  func place(_ position: Position) throws(LogFault) -> (offset: Int, checksum: UInt32) {
    let event = Int(position.rawValue - header.first.rawValue)
    let block = event / IndexHeader.placesPerBlock
    let places = try placeBlock(block)
    let place = places[event - block * IndexHeader.placesPerBlock]
    return (Int(UInt32(truncatingIfNeeded: place)), UInt32(truncatingIfNeeded: place >> 32))
  }

  /// The places of one block, for a merge.
  func placeBlock(_ block: Int) throws(LogFault) -> [UInt64] {
    let start = header.placesStart + block * IndexFile.blockLength
    let end = min(
      start + IndexFile.blockLength, header.placesStart + header.events * IndexHeader.placeLength)
    return try words(start..<end, words[base(of: header.shapes.count) + block])
  }

  /// The sorted entries of one partition of a run, for a merge; each is where it should be.
  func partition(_ run: Int, _ partition: Int) throws(LogFault) -> [UInt64] {
    let shape = header.shapes[run]
    let shift = shape.bits - IndexShape.bitsMin
    let buckets = partition << shift..<(partition + 1) << shift
    let base = base(of: run)
    let first = Int(words[base + buckets.lowerBound])
    let count = Int(words[base + buckets.upperBound]) - first
    let start = header.start(of: run) + first * IndexHeader.entryLength
    let bytes = try IndexFile.bytes(
      disk, file, start..<start + count * IndexHeader.entryLength)
    guard bytes.count == count * IndexHeader.entryLength else {
      throw IndexFile.damage(path, start, "an end before its end")
    }
    let span = unsafe bytes.span.bytes
    var entries: [UInt64] = []
    entries.reserveCapacity(count)
    for bucket in buckets {
      let from = Int(words[base + bucket]) - first
      let to = Int(words[base + bucket + 1]) - first
      let part = span.extracting(from * 8..<to * 8)
      guard checksum(part) == words[base + shape.buckets + 1 + bucket] else {
        throw IndexFile.damage(path, start + from * 8, "other bytes than were written")
      }
      for place in from..<to {
        let entry = unsafe span.unsafeLoadUnaligned(fromByteOffset: place * 8, as: UInt64.self)
        guard IndexEntry.event(entry) < header.events,
          shape.bucket(IndexEntry.hash(entry, in: partition)) == bucket,
          place == 0 || entries[place - 1] < entry
        else { throw IndexFile.damage(path, start + place * 8, "entries out of their order") }
        entries.append(entry)
      }
    }
    return entries
  }

  /// Puts the hashes that a decision asks for into a filter.
  func putAsked(into bits: FilterBits) throws(LogFault) {
    for run in header.shapes.indices {
      for partition in 0..<IndexEntry.partitions {
        let entries = try self.partition(run, partition)
        bits.insertAsked(entries.span, in: partition)
      }
    }
  }
}
