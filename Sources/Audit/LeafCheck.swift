// What follows from the leaves of a log that are hashed anew: its tree, the roots that are asked
// for on the way, and whether the derived file of leaves holds the same.

import Events
import Merkle
import Orchestrator
import Platform

/// A log's leaves, as far as they have come, on a thread beside the fold.
struct LeafCheck<D: Disk>: Sendable {
  private let disk: D
  /// The derived file of leaves, where there is one.
  private let file: DiskFile?
  /// Sizes at which the root is asked for, the next one last.
  private var wanted: [UInt64]
  private(set) var tree = CompactTree()
  private(set) var roots: [UInt64: Digest] = [:]
  /// How the derived file compares.
  private(set) var leaves: VerifyReport.Leaves
  /// Why the derived file cannot be compared.
  private(set) var note: String?

  /// - Parameters:
  ///   - file: the derived file of leaves, open for reading.
  ///   - sizes: those at which the root is asked for.
  init(_ disk: D, _ file: DiskFile?, rootsAt sizes: [UInt64]) {
    self.disk = disk
    self.file = file
    leaves = file == nil ? .absent : .same(0)
    wanted = Set(sizes).sorted(by: >)
    noteRoots()
  }

  /// A thread that goes on from here.
  consuming func beside() -> LeafRelay<LeafCheck> {
    LeafRelay(self) { (check, leaves) in check.take(leaves) }
  }

  /// Takes the leaves that follow.
  private mutating func take(_ fresh: [Digest]) {
    compare(fresh)
    var taken = 0
    while let size = wanted.last, size <= tree.size + UInt64(fresh.count - taken) {
      let end = taken + Int(size - tree.size)
      tree.append(contentsOf: fresh.span.extracting(taken..<end))
      taken = end
      noteRoots()
    }
    tree.append(contentsOf: fresh.span.extracting(taken..<fresh.count))
  }

  /// Keeps the root where it is asked for at this size.
  private mutating func noteRoots() {
    while let size = wanted.last, size <= tree.size {
      if size == tree.size { roots[size] = tree.root }
      wanted.removeLast()
    }
  }

  /// Holds the derived leaves against those hashed anew.
  private mutating func compare(_ fresh: [Digest]) {
    guard let file, case .same(let known) = leaves, known == tree.size else { return }
    let held: [UInt8]
    do throws(Fault) {
      held = try read(file, Int(known) * Digest.byteCount, fresh.count * Digest.byteCount)
    } catch {
      note = "The derived file of leaves cannot be read: \(error)"
      leaves = .absent
      return
    }
    let bytes = unsafe held.span.bytes
    let whole = bytes.byteCount / Digest.byteCount
    for index in 0..<whole where Digest(bytes, at: index * Digest.byteCount) != fresh[index] {
      leaves = .differs(Position(known).advanced(by: index))
      return
    }
    leaves = .same(known + UInt64(whole))
  }

  /// The bytes at an offset, fewer where the file ends.
  private func read(_ file: DiskFile, _ offset: Int, _ count: Int) throws(Fault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var held = 0
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try disk.readAll(file, into: &span, at: offset)
    }
    bytes.removeSubrange(held...)
    return bytes
  }
}
