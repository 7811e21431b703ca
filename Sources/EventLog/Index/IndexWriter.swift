// Writing one index file: places and entries come in their order, the front follows at the end.

import Events
import Platform

/// An index file that is being written under a name of its own.
final class IndexWriter<D: Disk> {
  /// Places or entries written at once.
  private static var blockCount: Int { 65_536 }

  private let disk: D
  private let path: String
  private let file: DiskFile
  private let header: IndexHeader
  /// What `add` has put in: who opens the file need not read it again.
  let filter: IdentifierFilter
  /// The words of the front, before the filter.
  private var words: [UInt32]
  private var places: [UInt64] = []
  private var placesWritten = 0
  private var entriesWritten = [Int](repeating: 0, count: IndexRun.allCases.count)
  /// The bucket that the next entry of a run may belong to.
  private var openBucket = [Int](repeating: 0, count: IndexRun.allCases.count)

  init(_ disk: D, _ path: String, _ header: IndexHeader) throws(Fault) {
    self.disk = disk
    self.path = path
    self.header = header
    if try disk.exists(path) { try disk.remove(path) }
    file = try disk.open(path, .createNew)
    filter = IdentifierFilter(blocks: header.filterBlocks)
    words = [UInt32](repeating: 0, count: header.filterStart / 4)
  }

  /// Where the words of a run begin.
  private func base(of run: Int) -> Int {
    header.shapes[..<run].reduce(0) { $0 + 2 * $1.buckets + 1 }
  }

  /// Adds places in the order of positions.
  func add(places more: Span<UInt64>) throws(Fault) {
    for index in more.indices { places.append(more[index]) }
    if places.count >= IndexWriter.blockCount { try writePlaces(isLast: false) }
  }

  private func writePlaces(isLast: Bool) throws(Fault) {
    let block = IndexHeader.placesPerBlock
    let count = isLast ? places.count : places.count / block * block
    let base = base(of: header.shapes.count)
    let ready = places
    let bytes = unsafe ready.span.bytes
    var start = 0
    while start < count {
      let end = min(start + block, count)
      words[base + (placesWritten + start) / block] =
        checksum(bytes.extracting(start * 8..<end * 8))
      start = end
    }
    try disk.writeAll(
      file, bytes.extracting(0..<count * 8),
      at: header.placesStart + placesWritten * IndexHeader.placeLength, path: path)
    placesWritten += count
    places.removeFirst(count)
  }

  /// Adds all entries of one partition of a run, sorted; partitions come in their order.
  func add(_ entries: Span<UInt64>, run: Int, partition: Int) throws(Fault) {
    let shape = header.shapes[run]
    let bytes = unsafe entries.bytes
    let base = base(of: run)
    let shift = UInt64(IndexEntry.keptBits - (shape.bits - IndexShape.bitsMin))
    let first = partition << (shape.bits - IndexShape.bitsMin)
    filter.bits.insertAsked(entries, in: partition)
    var start = 0
    for bucket in first..<first + 1 << (shape.bits - IndexShape.bitsMin) {
      words[base + bucket] = UInt32(entriesWritten[run] + start)
      var end = start
      while end < entries.count, first + Int(IndexEntry.kept(entries[end]) >> shift) == bucket {
        end += 1
      }
      words[base + shape.buckets + 1 + bucket] = checksum(bytes.extracting(start * 8..<end * 8))
      start = end
    }
    precondition(start == entries.count, "entries of a partition are not in their order")
    try disk.writeAll(
      file, bytes, at: header.start(of: run) + entriesWritten[run] * IndexHeader.entryLength,
      path: path)
    entriesWritten[run] += entries.count
    words[base + shape.buckets] = UInt32(entriesWritten[run])
  }

  /// Writes what is left and makes the file durable; it still has to get its name.
  func finish() throws(Fault) {
    try writePlaces(isLast: true)
    precondition(
      placesWritten == header.events
        && entriesWritten == header.shapes.map(\.entries), "an index file lacks entries")
    let front = words
    let bytes = unsafe front.span.bytes
    var sums = IndexSums(front: checksum(bytes), filter: 0)
    try disk.writeAll(file, bytes, at: IndexHeader.length, path: path)
    try filter.withBytes { bits throws(Fault) in
      sums.filter = IdentifierFilter.checksum(bits.bytes)
      try disk.writeAll(
        file, bits.bytes, at: IndexHeader.length + header.filterStart, path: path)
    }
    let head = header.encoded(sums)
    try disk.writeAll(file, unsafe head.span.bytes, at: 0, path: path)
    try disk.synchronize(file)
    try disk.close(file)
  }

  /// Leaves the file as it is, without a name: the next opening removes it.
  func close() { try? disk.close(file) }

  /// Gives the file up.
  func abandon() {
    try? disk.close(file)
    try? disk.remove(path)
  }
}
