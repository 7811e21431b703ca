// Verification: every byte of every segment read again, and everything that follows from the events
// made again.
//
//   1. Headers, frames of every kind, checksums, links, positions, times: SegmentWalk.
//   2. Every event decodes, and folds into the decision state and the projections, in order; the
//      frozen order of every rollout is made anew and held against its digest.
//   3. Every leaf is hashed anew; at every seal the root is compared with the one in the seal.
//   4. The derived file of leaves, where it is there, is compared leaf by leaf.
//   5. Behind the last frame of a segment stand zeros to its end.
//   6. What sync.mark says was acknowledged is there; every byte of it and of `tree` is right.
//   7. Every signed head in the folder, and every one that was kept elsewhere, has the root that
//      the events hashed anew have at its size, and a signature that is believed.
//
// All but the last shows that the log agrees with itself. Whether its end was cut off, or the whole
// was written anew by somebody with patience, only a head from outside can tell.

import CRecord
public import EventLog
import Events
import Merkle
import Orchestrator
public import Platform
import Projections

/// Verifies a log, or a folder of its segments alone.
public struct Verification<D: Disk> {
  private let disk: D
  private let directory: String
  private var replay = Replay(hashesLeaves: false, remembers: false)
  private var tree = CompactTree()
  private var leaves: DiskFile?
  private var chain = FrameChain(logID: LogID(low: 0, high: 0), next: .zero)
  private var report = VerifyReport()
  /// One past the last event that was acknowledged when the verification began.
  private var acknowledged = Position.zero
  private let trust: HeadTrust
  private var heads = HeadCheck()
  /// Sizes at which the root is asked for, the next one last.
  private var wanted: [UInt64] = []
  private var roots: [UInt64: Digest] = [:]
  /// The edges of the tree at every seal and clean end.
  private var earlierEdges: [CompactTree] = []
  /// Whether the last frame is that of a clean end.
  private var wasClean = false

  /// - Parameter trust: whose signatures count, and which heads were kept elsewhere.
  public init(_ disk: D, _ directory: String, trust: HeadTrust = HeadTrust()) {
    self.disk = disk
    self.directory = directory
    self.trust = trust
  }

  /// Runs it.
  ///
  /// - Parameter progress: told the bytes done and the bytes in all, now and then.
  /// - Throws: `LogFault` where no log stands there; what is wrong with one is in the report.
  public consuming func run(
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(LogFault) -> VerifyReport {
    // What opening for reading finds wrong stands where the walk finds nothing earlier.
    var opening: VerifyReport.Damage?
    var logID = LogID(low: 0, high: 0)
    do {
      let reader = try LogReader(disk, directory)
      acknowledged = reader.durableEnd
      logID = reader.logID
    } catch {
      guard case .corrupt(let corruption) = error else { throw error }
      opening = VerifyReport.Damage(
        path: corruption.path, offset: corruption.offset,
        position: corruption.position ?? .zero, what: corruption.what.rawValue)
    }
    var derived: DerivedCheck
    do throws(Fault) {
      // Before the events: what is appended beside this is in none of them.
      heads = try HeadCheck(disk, directory, trust)
      derived = try DerivedCheck(disk, directory, opening == nil ? logID : nil)
      wanted = Set(heads.sizes + derived.sizes).sorted(by: >)
      noteRoots()
      try walkAll(progress)
    } catch {
      throw .disk(error)
    }
    report.damage = report.damage ?? opening
    report.position = chain.next
    report.root = tree.root
    report.logTime = replay.state.logTime
    if report.damage == nil, acknowledged > chain.next {
      report.damage = VerifyReport.Damage(
        path: directory, offset: 0, position: chain.next,
        what: "events up to position \(acknowledged.rawValue) were acknowledged and are not here")
    }
    derived.finish(
      end: chain.next.rawValue, wasClean: wasClean, roots, earlier: earlierEdges)
    report.notes += derived.notes
    report.heads = heads.finish(size: chain.next.rawValue, roots)
    report.areKeysItsOwn = heads.areKeysItsOwn
    report.hasKept = !trust.kept.isEmpty
    // What is signed and not here tells of a log that ends too early, damaged or not.
    report.beside = heads.fault ?? derived.fault
    return report
  }

  /// Keeps the edge where the file of the tree may have kept it.
  private mutating func noteEnd(_ kind: UInt16) {
    wasClean = kind == FrameKind.clean.rawValue
    if wasClean || kind == FrameKind.seal.rawValue { earlierEdges.append(tree) }
  }

  /// Keeps the root where it is asked for at this size.
  private mutating func noteRoots() {
    while let size = wanted.last, size <= tree.size {
      if size == tree.size { roots[size] = tree.root }
      wanted.removeLast()
    }
  }

  /// Lets the tree grow by leaves, and keeps the roots that are asked for on the way.
  private mutating func grow(_ leaves: Span<Digest>) {
    var taken = 0
    while let size = wanted.last, size <= tree.size + UInt64(leaves.count - taken) {
      let end = taken + Int(size - tree.size)
      tree.append(contentsOf: leaves.extracting(taken..<end))
      taken = end
      noteRoots()
    }
    tree.append(contentsOf: leaves.extracting(taken..<leaves.count))
  }

  private mutating func walkAll(_ progress: (Int, Int) -> Void) throws(Fault) {
    let whole = directory + "/segments"
    let folder = try disk.exists(whole) ? whole : directory
    let firsts = try disk.list(folder).compactMap { Segment.firstPosition(ofName: $0) }.sorted()
    var files: [SegmentWalk<D>] = []
    for first in firsts { files.append(try SegmentWalk(disk, folder + "/" + Segment.name(first))) }
    defer { for file in files { file.close() } }
    leaves = try? disk.open(directory + "/leaves", .read)
    if leaves != nil { report.leaves = .same(0) }
    defer { if let leaves { try? disk.close(leaves) } }
    let total = files.reduce(0) { $0 + $1.size }
    var done = 0
    for (number, file) in files.enumerated() {
      report.segments.append(
        VerifyReport.SegmentPart(path: file.path, first: firsts[number], bytes: file.size))
      let isLast = number == files.count - 1
      if let wrong = try file.begin(number, named: firsts[number], &chain) {
        damage(file.path, 0, wrong)
        return
      }
      guard try walk(file, isLast: isLast, { progress(done + $0, total) }) else { return }
      if let imbalance = replay.model.imbalance {
        damage(file.path, 0, "\(imbalance)")
        return
      }
      done += file.size
      progress(done, total)
    }
  }

  /// Walks one segment; false where the verification ends with it.
  private mutating func walk(
    _ file: SegmentWalk<D>, isLast: Bool, _ progress: (Int) -> Void
  ) throws(Fault) -> Bool {
    var offset = Int(SLUICE_FRAMES_BEGIN)
    let row = report.segments.count - 1
    while true {
      let frame: SegmentWalk<D>.Frame
      switch try file.frame(at: offset, after: chain) {
      case .wrong(let what):
        return try end(file, offset, what, isLast: isLast)
      case .frame(let found): frame = found
      }
      if let wrong = take(frame, of: file) {
        damage(file.path, offset, wrong)
        return false
      }
      report.segments[row].frames += 1
      report.segments[row].events += UInt64(frame.header.count)
      offset = frame.end
      progress(offset)
      if frame.header.frame_kind == FrameKind.seal.rawValue {
        report.segments[row].isSealed = true
        chain.predecessorLength = offset
        return try clean(file, from: offset, "bytes stand behind the seal")
      }
    }
  }

  /// Behind the last frame of a segment without a seal.
  private mutating func end(
    _ file: SegmentWalk<D>, _ offset: Int, _ what: String, isLast: Bool
  ) throws(Fault) -> Bool {
    guard isLast else {
      damage(file.path, offset, what)
      return false
    }
    guard let dirt = try file.firstDirt(from: offset) else { return true }
    var isTorn = false
    if chain.next >= acknowledged, let reader = try? LogReader(disk, directory),
      let verdict = try? reader.verdict()
    {
      // Beside a live writer the place may be whole by now.
      if case .corrupt = verdict { isTorn = false } else { isTorn = true }
    }
    if isTorn {
      report.isTorn = true
      report.notes.append(
        "Behind offset \(offset) of \(file.path) stands a batch that was never acknowledged; "
          + "the next `sluice serve` puts it into quarantine")
    } else {
      damage(file.path, max(offset, min(dirt, offset)), what)
    }
    return isTorn
  }

  private mutating func clean(
    _ file: SegmentWalk<D>, from offset: Int, _ what: String
  ) throws(Fault) -> Bool {
    guard let dirt = try file.firstDirt(from: offset) else { return true }
    damage(file.path, dirt, what)
    return false
  }

  private mutating func damage(_ path: String, _ offset: Int, _ what: String) {
    report.damage = VerifyReport.Damage(
      path: path, offset: offset, position: chain.next, what: what)
  }

  /// Takes a frame that is whole; the answer is what is wrong with what it says.
  private mutating func take(
    _ frame: SegmentWalk<D>.Frame, of file: SegmentWalk<D>
  ) -> String? {
    var wrong: String?
    if frame.header.frame_kind == FrameKind.batch.rawValue {
      wrong = file.events(of: frame) { batch in fold(batch) }
    } else if frame.header.frame_kind == FrameKind.seal.rawValue {
      let seal = file.seal(frame)
      let segment = report.segments[report.segments.count - 1]
      if seal.next_position != chain.next.rawValue || seal.first_position != segment.first.rawValue
      {
        wrong = "the seal names other positions than its segment has"
      } else if Digest(words: seal.root) != tree.root {
        wrong = "the events hashed anew do not give the root in the seal"
      }
    }
    if let wrong { return wrong }
    noteEnd(frame.header.frame_kind)
    let header = frame.header
    chain.next = Position(header.first_position + UInt64(header.count))
    chain.batch = header.batch
    chain.link = header.nextLink
    chain.logTime = Timestamp(nanoseconds: header.log_time)
    chain.incarnation = header.incarnation
    return nil
  }

  private mutating func fold(_ batch: borrowing EventBatch) -> String? {
    do throws(ReadModelFault) {
      try replay.apply(batch)
    } catch {
      return "an event does not fold: \(error)"
    }
    var fresh: [Digest] = []
    fresh.reserveCapacity(batch.count)
    for index in 0..<batch.count {
      if batch.head(index).log_time != batch.logTime.rawValue {
        return "event \(batch.position(index).rawValue) has another log time than its frame"
      }
      fresh.append(Digest.eventLeaf(batch.bytes(of: index)))
      noteName(batch, index)
    }
    compare(fresh, from: batch.first)
    grow(fresh.span)
    return nil
  }

  /// Takes note of what the log is called, and by whom it is signed.
  private mutating func noteName(_ batch: borrowing EventBatch, _ index: Int) {
    let kind = batch.kind(index)
    guard
      kind == EventKind.logCreated.rawValue || kind == EventKind.signingKeyNamed.rawValue,
      let event = try? batch.event(index)
    else { return }
    switch event.payload {
    case .logCreated(let fields): heads.name("\(fields.origin)")
    case .signingKeyNamed(let fields):
      heads.name(fields, at: batch.position(index))
      guard fields.lostSize > 0 else { return }
      report.notes.append(
        "Position \(batch.position(index).rawValue) says that \(fields.lostSize) events had been "
          + "signed under an earlier name and are not all here; the log goes on as \(fields.origin)"
      )
    default: break
    }
  }

  /// Holds the derived leaves of a batch against those hashed anew.
  private mutating func compare(_ fresh: [Digest], from first: Position) {
    guard let leaves, case .same(let known) = report.leaves, known == first.rawValue else { return }
    var bytes = [UInt8](repeating: 0, count: fresh.count * Digest.byteCount)
    var held = 0
    do throws(Fault) {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try disk.readAll(
        leaves, into: &span, at: Int(first.rawValue) * Digest.byteCount)
    } catch {
      report.notes.append("The derived file of leaves cannot be read: \(error)")
      report.leaves = .absent
      return
    }
    let span = unsafe bytes.span.bytes
    let whole = held / Digest.byteCount
    for index in 0..<whole where Digest(span, at: index * Digest.byteCount) != fresh[index] {
      report.leaves = .differs(first.advanced(by: index))
      return
    }
    report.leaves = .same(known + UInt64(whole))
  }
}
