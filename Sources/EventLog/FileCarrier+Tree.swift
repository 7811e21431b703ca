// Finding the Merkle tree again when a log is opened, and mending the leaves.
//
// The tree up to the last seal is taken from `tree`, whose root must be the seal's; else from
// `leaves`, whose root must be the seal's; else from the events, whose root must be the seal's too,
// or the log is damaged. The events behind the last seal are hashed again, unless the last writer
// stopped in order and left the edge of its tree.

import CRecord
import Events
import Merkle
import Platform

extension FileCarrier {
  mutating func restoreTree(
    wasClean: Bool, _ report: inout RecoveryReport
  ) throws(LogFault) {
    do {
      leavesFile = try LeavesFile(disk, path: folder.leaves, .createOrOpen)
    } catch {
      report.warnings.append("The leaves cannot be kept: \(error)")
    }
    let held = leavesFile.flatMap { try? $0.count() } ?? 0
    if options.verifyEverything {
      try refold(fromSegment: 0, CompactTree(), &report)
      return
    }
    let records = TreeRecord.all(
      in: disk.contents(folder.tree, max: TreeRecord.fileLengthMax) ?? [])
    let (clean, end) = (chain.link, chain.next.rawValue)
    if wasClean, held >= end,
      let record = records.first(where: { $0.link == clean && $0.tree.size == end })
    {
      tree = record.tree
      leavesFile?.end = tree.size
      return
    }
    #if PLANTED_BUGS
      if options.has(.trustLeaves), let believed = leavesFile?.tree(upTo: chain.next.rawValue) {
        tree = believed
        leavesFile?.end = believed.size
        return
      }
    #endif
    // Where the log ends with a seal, that seal stands at its very end.
    let isSealed = active == nil
    let last = inventory.segments.count - 1
    let sealedEnd = isSealed ? chain.next : inventory.segments[last].firstPosition
    let link = isSealed ? chain.link : inventory.segments[last].link
    let root = sealedEnd == .zero ? .emptyRoot : inventory.sealedRoot
    if held >= sealedEnd.rawValue,
      let record = records.first(where: {
        $0.link == link && $0.tree.size == sealedEnd.rawValue && $0.tree.root == root
      })
    {
      try refold(fromSegment: isSealed ? last + 1 : last, record.tree, &report)
    } else if let known = leavesFile?.tree(upTo: sealedEnd.rawValue), known.root == root {
      try refold(fromSegment: isSealed ? last + 1 : last, known, &report)
    } else {
      report.warnings.append("The leaves were missing or wrong and are hashed again.")
      try refold(fromSegment: 0, CompactTree(), &report)
    }
  }

  /// Hashes the events of some segments again, mends the leaves that differ, and checks the root
  /// in each seal.
  private mutating func refold(
    fromSegment first: Int, _ known: CompactTree, _ report: inout RecoveryReport
  ) throws(LogFault) {
    tree = known
    begunWith = known
    leavesFile?.end = known.size
    var incarnation: UInt32 = 0
    for index in inventory.segments.indices.dropFirst(first) {
      let segment = inventory.segments[index]
      let isLast = index == inventory.segments.count - 1
      let file = try SegmentFile(disk, path: folder.path(segment), expecting: chain.logID)
      #if PLANTED_BUGS
        file.bugs = options.bugs
      #endif
      let start = segment.chain(incarnation: incarnation)
      var folded = tree
      var leaves = leavesFile
      let walk = try file.walk(from: start, place: isLast ? .last : .sealed, mark: nil) {
        header, offset throws(LogFault) in
        try FileCarrier.fold(file, header, offset, &folded, &leaves)
      }
      tree = folded
      leavesFile = leaves
      incarnation = walk.chain.incarnation
      if case .corrupt(let what) = walk.verdict {
        throw .corrupt(file.corruption(walk, what, mark: nil))
      }
    }
    guard tree.size == chain.next.rawValue else {
      throw .corrupt(
        Corruption(
          .impossible, path: folder.segments, offset: 0, position: chain.next,
          expected: "\(chain.next.rawValue) events", actual: "\(tree.size)"))
    }
  }

  private static func fold(
    _ file: SegmentFile<D>, _ header: sluice_frame_header, _ offset: Int,
    _ tree: inout CompactTree, _ leaves: inout LeavesFile<D>?
  ) throws(LogFault) {
    if header.frame_kind == FrameKind.seal.rawValue {
      let root = Digest(words: file.seal(at: offset).root)
      guard root == tree.root else {
        throw .corrupt(
          Corruption(
            .sealRoot, path: file.path, offset: offset + Frame.headerLength,
            position: Position(header.first_position), expected: tree.root.hex, actual: root.hex))
      }
    }
    guard header.count > 0 else { return }
    var block: [Digest] = []
    block.reserveCapacity(Int(header.count))
    file.withEvents(of: header, at: offset, 0..<Int(header.count)) { batch in
      batch.appendLeaves(to: &block)
    }
    tree.append(contentsOf: block.span)
    guard let kept = leaves, kept.end == header.first_position else { return }
    let end = kept.end + UInt64(block.count)
    // The leaves are derived: where they cannot be mended now, they stay behind.
    if let old = try? kept.read(kept.end..<end), old == block {
      leaves?.end = end
    } else if (try? kept.write(block.span, at: kept.end)) != nil {
      leaves?.end = end
    }
  }
}
