// Walking a segment to its first invalid byte, and asking the table of recovery about it.

import CRecord
import Events
import Platform

/// Where a walk ended and what it means.
struct Walk {
  /// After the last valid frame.
  var chain: Chain
  /// The first invalid byte.
  var end: Int
  var defect: FrameDefect?
  /// One past the last byte that is not zero.
  var dirtEnd: Int
  var verdict: Recovery.Verdict
  /// The root in the seal, where the walk met it.
  var sealedRoot: Digest?
}

extension SegmentFile {
  /// Walks all frames, compares them with the mark, and decides what stands behind them.
  func walk(
    from start: Chain, place: Recovery.Place, mark: SyncMark?,
    _ visit: (sluice_frame_header, Int) throws(LogFault) -> Void
  ) throws(LogFault) -> Walk {
    var walk = Walk(
      chain: start, end: Segment.framesBegin, defect: nil, dirtEnd: Segment.framesBegin,
      verdict: .clean)
    try compare(walk.chain, with: mark, at: walk.end)
    while true {
      let found = try frame(at: walk.end, after: walk.chain)
      if case .damaged(let defect) = found { walk.defect = defect }
      guard case .frame(let header) = found else { break }
      if walk.chain.ending == .seal {
        walk.defect = .stranger("a frame stands behind the seal")
        break
      }
      try visit(header, walk.end)
      if header.frame_kind == FrameKind.seal.rawValue {
        let seal = seal(at: walk.end)
        guard seal.first_position == segment.firstPosition.rawValue,
          seal.next_position == header.first_position
        else {
          walk.defect = .malformed("the seal names other positions than its segment has")
          break
        }
        walk.sealedRoot = Digest(words: seal.root)
      }
      walk.chain = walk.chain.after(header)
      walk.end += header.frameLength
      try compare(walk.chain, with: mark, at: walk.end)
    }
    walk.verdict = try judge(&walk, place: place, mark: mark)
    return walk
  }

  private func compare(
    _ chain: Chain, with mark: SyncMark?, at offset: Int
  ) throws(LogFault) {
    guard let mark, mark.batch == chain.batch else { return }
    guard mark.link == chain.link, mark.next == chain.next else {
      throw .corrupt(
        Corruption(
          .markDisagrees, path: path, offset: offset, position: chain.next,
          expected: "the frame \(mark.batch) that sync.mark names", actual: "another"))
    }
  }

  private func judge(
    _ walk: inout Walk, place: Recovery.Place, mark: SyncMark?
  ) throws(LogFault) -> Recovery.Verdict {
    var search = walk.end
    var stands = Recovery.Stands.zeros
    if let defect = walk.defect {
      stands = defect.canBeTorn ? .dirt : .stranger
      // Behind a whole header nothing can begin before its body ends.
      if case .bodyChecksum = defect { search = try bodyEnd(walk.end) }
    }
    var later = Recovery.Later.none
    if let dirtEnd = try dirtEnd(from: walk.end) {
      if stands == .zeros { stands = .dirt }
      walk.dirtEnd = dirtEnd
      if try laterFrame(from: search, to: size, after: walk.chain.batch) != nil { later = .frame }
    } else {
      walk.dirtEnd = walk.end
      // An unreadable or cut place without a byte of dirt is still damage.
      if stands == .dirt { walk.dirtEnd = min(size, walk.end + 1) }
    }
    if stands == .stranger { later = .none }
    let ending: Recovery.Ending =
      switch walk.chain.ending {
      case .seal: .seal
      case .clean: .clean
      default: .open
      }
    let markState: Recovery.Mark =
      mark.map { $0.batch > walk.chain.batch ? .ahead : .covered } ?? .absent
    return Recovery.decide(
      Recovery.Finding(
        place: place, stands: stands, later: later, mark: markState, ending: ending))
  }

  private func bodyEnd(_ offset: Int) throws(LogFault) -> Int {
    let header = try bytes(offset..<offset + Frame.headerLength)
    let span = unsafe header.span.bytes
    return offset + Frame.header(span).frameLength
  }

  /// The corruption that a verdict names.
  func corruption(_ walk: Walk, _ what: Corruption.What, mark: SyncMark?) -> Corruption {
    var expected = "a frame that follows frame \(walk.chain.batch), or zeros"
    if what == .acknowledgedDataMissing, let mark {
      expected = "frame \(mark.batch) and position \(mark.next.rawValue), which sync.mark names"
    }
    let actual = walk.defect?.sentence ?? "the log ends at frame \(walk.chain.batch)"
    return Corruption(
      what, path: path, offset: walk.end, position: walk.chain.next, expected: expected,
      actual: actual)
  }
}

extension FileCarrier {
  /// Walks the last segment after making sure that the cache tells the truth (R6).
  static func walkLast(
    _ disk: D, _ folder: LogFolder, _ inventory: Inventory, _ mark: SyncMark?,
    _ options: LogOptions
  ) throws(LogFault) -> Walk {
    guard let last = inventory.segments.last else {
      throw .notALog(directory: folder.directory)
    }
    let file = try SegmentFile(disk, path: folder.path(last), expecting: last.logID)
    #if PLANTED_BUGS
      file.bugs = options.bugs
      let mayDrop = !options.has(.keepCache)
    #else
      let mayDrop = true
    #endif
    if mayDrop {
      try onDisk { () throws(Fault) in
        try disk.synchronize(file.file)
        try disk.dropCache(file.file, from: 0)
      }
      try file.refresh()
    }
    let chain = last.chain(incarnation: inventory.sealedIncarnation)
    var walk = try file.walk(from: chain, place: .last, mark: mark) { _, _ in }
    if case .corrupt(let what) = walk.verdict {
      #if PLANTED_BUGS
        if options.has(.truncateAtFirstDamage) {
          walk.verdict = .torn
          return walk
        }
      #endif
      throw .corrupt(file.corruption(walk, what, mark: mark))
    }
    #if PLANTED_BUGS
      if options.has(.truncateAtFirstDamage), walk.dirtEnd > walk.end { walk.verdict = .torn }
    #endif
    return walk
  }
}

/// Where torn bytes go.
enum Quarantine {
  /// Copies of the same torn place, made by recoveries that were killed in the middle.
  static let copyMax = 1_000

  /// Copies the torn bytes away, then overwrites them with zeros; safe to be killed anywhere.
  static func cut<D: Disk>(
    _ disk: D, _ folder: LogFolder, _ segment: Segment, _ file: DiskFile, _ walk: Walk,
    _ options: LogOptions, _ report: inout RecoveryReport
  ) throws(LogFault) {
    let range = walk.end..<walk.dirtEnd
    report.droppedBytes = range.count
    report.droppedFrames = 1
    #if PLANTED_BUGS
      let keepsCopy = !options.has(.noQuarantine)
      let writesZeros = !options.has(.noTailZeroing)
    #else
      let (keepsCopy, writesZeros) = (true, true)
    #endif
    if keepsCopy {
      let reader = try SegmentFile(disk, path: folder.path(segment), expecting: segment.logID)
      let doomed = try reader.bytes(range)
      report.quarantinePath = try onDisk { () throws(Fault) in
        try keep(disk, folder, "\(segment.name.dropLast(4))-\(walk.end)", doomed)
      }
    }
    if writesZeros {
      try onDisk { () throws(Fault) in
        try disk.writeZeros(file, range, path: folder.path(segment))
        try disk.synchronize(file)
      }
    }
  }

  /// A copy has its name only when it is whole; a second recovery of the same place adds another.
  private static func keep<D: Disk>(
    _ disk: D, _ folder: LogFolder, _ name: String, _ bytes: [UInt8]
  ) throws(Fault) -> String {
    if try !disk.exists(folder.quarantine) { try disk.makeDirectory(folder.quarantine) }
    let unfinished = folder.quarantine + "/unfinished.tmp"
    if try disk.exists(unfinished) { try disk.remove(unfinished) }
    try disk.overwrite(unfinished, bytes, synchronizing: true)
    for copy in 1...copyMax {
      let path = folder.quarantine + "/" + name + (copy == 1 ? "" : "-\(copy)") + ".torn"
      if try disk.exists(path) { continue }
      try disk.rename(unfinished, to: path, replacing: false)
      try disk.synchronizeDirectory(folder.quarantine)
      return path
    }
    throw Fault(
      "renameat2", .exists, path: folder.quarantine, hint: "Move old copies out of this folder.")
  }
}
