// The derived files of a log: `leaves` and `tree`. Both can be deleted; opening makes them anew.
//
// `leaves` holds the 32-byte Merkle leaf of every event, event n at byte 32 n. It is written after
// the batch is durable and synchronized only at a seal and at a clean shutdown.
//
// `tree` holds the right edge of the Merkle tree twice, so that a restart need not hash all leaves
// again: at the last seal from byte 0 on, and at the last clean shutdown from byte 4096 on. After a
// clean shutdown and a start the daemon may die before the next seal, and then the first counts.
// Each is CRC-32C of the rest (4 bytes), the number of bytes that follow the link (4), the link
// that the next frame carries (8), the serialized edge. The link names one state of one log; an
// edge whose link differs is not used.

import Events
import Merkle
import Platform

/// The file of leaves.
struct LeavesFile<D: Disk>: Sendable {
  /// Leaves read or written at once.
  static var blockCount: Int { 32_768 }

  let disk: D
  let path: String
  let file: DiskFile
  /// Leaves known to be right: the file holds those of positions 0 up to this.
  var end: UInt64 = 0

  init(_ disk: D, path: String, _ mode: OpenMode) throws(Fault) {
    self.disk = disk
    self.path = path
    file = try disk.open(path, mode)
  }

  func count() throws(Fault) -> UInt64 { try UInt64(disk.size(file) / Digest.byteCount) }

  /// The leaves of a range; fewer where the file is shorter.
  func read(_ range: Range<UInt64>) throws(Fault) -> [Digest] {
    var bytes = [UInt8](repeating: 0, count: range.count * Digest.byteCount)
    var held = 0
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try disk.readAll(file, into: &span, at: Int(range.lowerBound) * Digest.byteCount)
    }
    let span = unsafe bytes.span.bytes
    return (0..<held / Digest.byteCount).map { Digest(span, at: $0 * Digest.byteCount) }
  }

  func write(_ leaves: Span<Digest>, at first: UInt64) throws(Fault) {
    let bytes = unsafe leaves.bytes
    try disk.writeAll(file, bytes, at: Int(first) * Digest.byteCount, path: path)
  }

  /// Folds the first leaves of the file into a tree; nil where the file cannot give them.
  func tree(upTo end: UInt64) -> CompactTree? {
    var tree = CompactTree()
    while tree.size < end {
      let next = min(end, tree.size + UInt64(LeavesFile.blockCount))
      guard let block = try? read(tree.size..<next), UInt64(block.count) == next - tree.size else {
        return nil
      }
      tree.append(contentsOf: block.span)
    }
    return tree
  }
}

/// The right edge of the tree at one state of the log.
struct TreeRecord {
  static let headLength = 16
  /// A tree of 64 levels and its size.
  static let lengthMax = headLength + 8 + CompactTree.heightMax * Digest.byteCount

  /// What state of the log an edge belongs to: the number is where it stands in the file.
  enum State: Int, CaseIterable {
    case sealed = 0
    case clean = 4_096
  }

  static let fileLengthMax = State.clean.rawValue + lengthMax

  /// The edges that stand in the bytes of a file.
  static func all(in bytes: [UInt8]) -> [TreeRecord] {
    State.allCases.compactMap { TreeRecord([UInt8](bytes.dropFirst($0.rawValue))) }
  }

  var link: UInt64
  var tree: CompactTree

  var encoded: [UInt8] {
    let edge = tree.serialized
    var rest: [UInt8] = []
    unsafe withUnsafeBytes(of: UInt32(edge.count)) { unsafe rest.append(contentsOf: $0) }
    unsafe withUnsafeBytes(of: link) { unsafe rest.append(contentsOf: $0) }
    rest += edge
    var bytes: [UInt8] = []
    unsafe withUnsafeBytes(of: rest.checksum(0..<rest.count)) {
      unsafe bytes.append(contentsOf: $0)
    }
    return bytes + rest
  }

  init(link: UInt64, tree: CompactTree) {
    self.link = link
    self.tree = tree
  }

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= TreeRecord.headLength else { return nil }
    let span = unsafe bytes.span.bytes
    let sum = unsafe span.unsafeLoadUnaligned(as: UInt32.self)
    let length = unsafe Int(span.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self))
    let end = TreeRecord.headLength + length
    guard end <= bytes.count, end <= TreeRecord.lengthMax, bytes.checksum(4..<end) == sum,
      let tree = CompactTree(serialized: span.extracting(TreeRecord.headLength..<end))
    else { return nil }
    link = unsafe span.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
    self.tree = tree
  }
}

extension Disk {
  /// The first bytes of a file; nil where it does not exist or cannot be read.
  func contents(_ path: String, max length: Int) -> [UInt8]? {
    guard let file = try? open(path, .read) else { return nil }
    var bytes = [UInt8](repeating: 0, count: length)
    var held: Int?
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try? readAll(file, into: &span, at: 0)
    }
    try? close(file)
    return held.map { [UInt8](bytes[0..<$0]) }
  }

  /// Writes a small file in place; for derived files only.
  func overwrite(
    _ path: String, _ bytes: [UInt8], at offset: Int = 0, synchronizing: Bool
  ) throws(Fault) {
    let file = try open(path, .createOrOpen)
    do {
      let span = unsafe bytes.span.bytes
      try writeAll(file, span, at: offset, path: path)
      if synchronizing { try synchronize(file) }
    } catch {
      try? close(file)
      throw error
    }
    try close(file)
  }
}
