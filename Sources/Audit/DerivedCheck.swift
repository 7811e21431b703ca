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
  /// The first thing that is wrong.
  private(set) var fault: VerifyReport.Damage?

  init(_ disk: some Disk, _ directory: String, _ logID: LogID?) throws(Fault) {
    treePath = directory + "/tree"
    let markPath = directory + "/sync.mark"
    if let logID, let bytes = try HeadCheck.read(disk, markPath),
      let wrong = SyncMark.fault(in: bytes, logID: logID)
    {
      fail(markPath, wrong.offset, wrong.what)
    }
    guard let bytes = try HeadCheck.read(disk, treePath) else { return }
    if let wrong = TreeFile.fault(in: bytes) { fail(treePath, wrong.offset, wrong.what) }
    edges = TreeFile.edges(in: bytes).map { Edge(offset: $0.offset, head: $0.tree.head) }
  }

  private mutating func fail(_ path: String, _ offset: Int, _ what: String, _ size: UInt64 = 0) {
    guard fault == nil else { return }
    fault = VerifyReport.Damage(
      path: path, offset: offset, position: Position(size),
      what: what + "; it is derived, and the next opening mends it")
  }

  /// The sizes at which the root is asked for.
  var sizes: [UInt64] { edges.map { $0.head.size } }

  /// Holds the edges against the roots there.
  mutating func finish(_ roots: [UInt64: Digest]) {
    for edge in edges where roots[edge.head.size] != edge.head.root {
      fail(
        treePath, edge.offset, "its edge does not lead to the root of the events", edge.head.size)
    }
  }
}
