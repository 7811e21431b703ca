// The small files beside the segments that are made of them: every byte of sync.mark and of tree.
//
// A flipped byte there harms no event, and an opening mends it. It is told all the same: an auditor
// who is told that a folder is sound may rely on all of it.

import EventLog
import Events
import Merkle
import Platform

/// What was read of the derived files before the events were.
struct DerivedCheck {
  private struct Edge {
    var offset: Int
    var head: TreeHead
  }

  private let treePath: String
  private var edges: [Edge] = []
  private var leftovers: [TreeFile.Leftover] = []
  private var markFault: VerifyReport.Damage?
  /// The first thing that is wrong.
  private(set) var fault: VerifyReport.Damage?
  /// What is not as it should be and may be so.
  private(set) var notes: [String] = []

  init(_ disk: some Disk, _ directory: String, _ logID: LogID?) throws(Fault) {
    treePath = directory + "/tree"
    let markPath = directory + "/sync.mark"
    if let logID, let bytes = try HeadCheck.read(disk, markPath),
      let wrong = SyncMark.fault(in: bytes, logID: logID)
    {
      markFault = damage(markPath, wrong.offset, wrong.what)
    }
    guard let bytes = try HeadCheck.read(disk, treePath) else { return }
    if let wrong = TreeFile.fault(in: bytes) { fail(treePath, wrong.offset, wrong.what) }
    edges = TreeFile.edges(in: bytes).map { Edge(offset: $0.offset, head: $0.tree.head) }
    leftovers = TreeFile.leftovers(in: bytes)
  }

  private func damage(
    _ path: String, _ offset: Int, _ what: String, _ size: UInt64 = 0
  ) -> VerifyReport.Damage {
    VerifyReport.Damage(
      path: path, offset: offset, position: Position(size),
      what: what + "; it is derived, and the next opening mends it")
  }

  private mutating func fail(_ path: String, _ offset: Int, _ what: String, _ size: UInt64 = 0) {
    if fault == nil { fault = damage(path, offset, what, size) }
  }

  /// The sizes at which the root is asked for.
  var sizes: [UInt64] { edges.map { $0.head.size } }

  /// Holds what was read against the log, once it has ended.
  ///
  /// - Parameters:
  ///   - end: how many events the log has.
  ///   - wasClean: whether its last frame is that of a clean end, which synchronizes the mark.
  ///   - roots: the roots at the sizes that were asked for.
  ///   - earlier: the edges of the tree at every seal and clean end.
  mutating func finish(
    end: UInt64, wasClean: Bool, _ roots: [UInt64: Digest], earlier: [CompactTree]
  ) {
    if let markFault {
      if wasClean {
        fault = fault ?? markFault
      } else {
        notes.append(
          "\(markFault.path) at offset \(markFault.offset): a slot was cut short while it was "
            + "written; the next opening writes it anew")
      }
    }
    for edge in edges where roots[edge.head.size] != edge.head.root {
      if edge.head.size > end {
        notes.append("\(treePath) has an edge of \(edge.head.size) events, ahead of the log")
      } else {
        fail(
          treePath, edge.offset, "its edge does not lead to the root of the events",
          edge.head.size)
      }
    }
    let known = earlier.map { $0.edgeHashes }
    for left in leftovers
    where !known.contains(where: { $0.indices.contains(left.place) && $0[left.place] == left.hash })
    {
      fail(treePath, left.offset, "bytes stand behind the edge that were in no earlier one")
    }
  }
}
