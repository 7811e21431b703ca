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
  /// The leaves that are hashed beside the fold.
  private var leaves: LeafRelay<LeafCheck<D>>
  private var chain = FrameChain(logID: LogID(low: 0, high: 0), next: .zero)
  private var report = VerifyReport()
  /// One past the last event that was acknowledged when the verification began.
  private var acknowledged = Position.zero
  private let trust: HeadTrust
  private var heads = HeadCheck()
  /// The edges of the tree at every seal and clean end.
  private var earlierEdges: [CompactTree] = []
  /// Whether the last frame is that of a clean end.
  private var wasClean = false

  /// - Parameter trust: whose signatures count, and which heads were kept elsewhere.
  public init(_ disk: D, _ directory: String, trust: HeadTrust = HeadTrust()) {
    self.disk = disk
    self.directory = directory
    self.trust = trust
    leaves = LeafCheck(disk, nil, rootsAt: []).beside()
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
    let hashed: LeafCheck<D>
    do throws(Fault) {
      // Before the events: what is appended beside this is in none of them.
      heads = try HeadCheck(disk, directory, trust)
      derived = try DerivedCheck(disk, directory, opening == nil ? logID : nil)
      hashed = try walkAll(rootsAt: heads.sizes + derived.sizes, progress)
    } catch {
      throw .disk(error)
    }
    report.damage = report.damage ?? opening
    report.position = chain.next
    report.root = hashed.tree.root
    report.leaves = hashed.leaves
    report.logTime = replay.state.logTime
    if report.damage == nil, acknowledged > chain.next {
      report.damage = VerifyReport.Damage(
        path: directory, offset: 0, position: chain.next,
        what: "events up to position \(acknowledged.rawValue) were acknowledged and are not here")
    }
    derived.finish(
      end: chain.next.rawValue, wasClean: wasClean, hashed.roots, earlier: earlierEdges)
    if let note = hashed.note { report.notes.append(note) }
    report.notes += derived.notes
    report.heads = heads.finish(size: chain.next.rawValue, hashed.roots)
    report.areKeysItsOwn = heads.areKeysItsOwn
    report.hasKept = !trust.kept.isEmpty
    // What is signed and not here tells of a log that ends too early, damaged or not.
    report.beside = heads.fault ?? derived.fault
    return report
  }

  /// The tree over everything that was folded so far.
  private mutating func settledTree() -> CompactTree {
    let reached = leaves.finish()
    let tree = reached.tree
    leaves = reached.beside()
    return tree
  }

  /// Walks every segment, with the leaves beside it.
  private mutating func walkAll(
    rootsAt sizes: [UInt64], _ progress: (Int, Int) -> Void
  ) throws(Fault) -> LeafCheck<D> {
    let file = try? disk.open(directory + "/leaves", .read)
    defer { if let file { try? disk.close(file) } }
    leaves = LeafCheck(disk, file, rootsAt: sizes).beside()
    do throws(Fault) {
      try walkAll(progress)
    } catch {
      // Another thread may be reading the file that is about to be closed.
      _ = leaves.finish()
      throw error
    }
    return leaves.finish()
  }

  private mutating func walkAll(_ progress: (Int, Int) -> Void) throws(Fault) {
    let whole = directory + "/segments"
    let folder = try disk.exists(whole) ? whole : directory
    let firsts = try disk.list(folder).compactMap { Segment.firstPosition(ofName: $0) }.sorted()
    var files: [SegmentWalk<D>] = []
    for first in firsts { files.append(try SegmentWalk(disk, folder + "/" + Segment.name(first))) }
    defer { for file in files { file.close() } }
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
    let kind = FrameKind(rawValue: frame.header.frame_kind)
    // The file of the tree may have kept the edge of a seal and of a clean end.
    let tree = kind == .seal || kind == .clean ? settledTree() : nil
    if kind == .batch {
      wrong = file.events(of: frame) { batch in fold(batch) }
    } else if kind == .seal, let tree {
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
    wasClean = kind == .clean
    if let tree { earlierEdges.append(tree) }
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
    for index in 0..<batch.count {
      if batch.head(index).log_time != batch.logTime.rawValue {
        return "event \(batch.position(index).rawValue) has another log time than its frame"
      }
      noteName(batch, index)
    }
    leaves.append(batch)
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
}
