// The folder of a log: where its files stand, and which may.

import CRecord
import Events
import Platform

/// The paths of a log.
public struct LogFolder: Hashable, Sendable {
  public let directory: String
  /// Where the segments stand; the folder itself where someone copied segments alone.
  public let segments: String

  /// The last head that was signed, which nobody may contradict; best kept where no copy of the
  /// folder is ever brought back.
  public var lastSigned: String

  /// Asked for with every batch, and so made once.
  let mark: String

  public init(_ directory: String) {
    self.directory = directory
    segments = directory + "/segments"
    lastSigned = directory + "/last-signed"
    mark = directory + "/" + SyncMark.fileName
  }

  /// A folder that holds segments and nothing else.
  public init(segmentsAlone directory: String) {
    self.directory = directory
    segments = directory
    lastSigned = directory + "/last-signed"
    mark = directory + "/" + SyncMark.fileName
  }

  var leaves: String { directory + "/leaves" }
  var tree: String { directory + "/tree" }
  var reserve: String { directory + "/reserve" }
  var quarantine: String { directory + "/quarantine" }
  /// Where the index of sealed segments stands.
  var index: String { directory + "/index" }
  /// An index file that has no name yet.
  static let indexDraftName = "next.tmp"
  var indexDraft: String { index + "/" + LogFolder.indexDraftName }
  /// Of index files in a row that become one.
  static let mergeDraftName = "merge.tmp"
  var mergeDraft: String { index + "/" + LogFolder.mergeDraftName }
  var holder: String { directory + "/holder" }
  /// The log's public keys, a line each, the one in use last.
  public var publicKeys: String { directory + "/" + LogFolder.publicKeysName }
  public static let publicKeysName = "log.vkey"
  /// The private key in use; readable by its owner alone.
  public var privateKey: String { directory + "/" + LogFolder.privateKeyName }
  public static let privateKeyName = "log.skey"
  /// The private key that takes its place once a head is signed by both.
  public var nextPrivateKey: String { privateKey + ".next" }
  /// The head that everybody is shown.
  public var checkpoint: String { directory + "/checkpoint" }
  /// The heads of fixed moments, each under its size.
  public var checkpoints: String { directory + "/checkpoints" }
  var spare: String { segments + "/" + Segment.spareName }
  func path(_ segment: Segment) -> String { segments + "/" + segment.name }

  /// The folder above this one; nil for a relative path of one step.
  var parent: String? {
    guard let slash = directory.lastIndex(of: "/"), slash != directory.startIndex else {
      return nil
    }
    return String(directory[..<slash])
  }
}

/// The segments of a log, their headers checked against each other.
struct Inventory: Sendable {
  var segments: [Segment] = []
  /// The root in the seal of the last sealed segment.
  var sealedRoot: Digest?
  /// The incarnation that wrote that seal; 0 where there is none.
  var sealedIncarnation: UInt32 = 0
  var hasSpare = false

  /// Reads the header of every segment.
  ///
  /// A strict inventory refuses files that no log has.
  ///
  /// - Parameter known: what was found before. Where it is still there, by its names and by the
  ///   header of its last segment, only what stands behind it is opened.
  static func take<D: Disk>(
    _ disk: D, _ folder: LogFolder, isStrict: Bool, after known: Inventory = Inventory()
  ) throws(LogFault) -> Inventory {
    var inventory = known
    inventory.hasSpare = false
    let names = try onDisk { () throws(Fault) in try disk.list(folder.segments) }
    var firsts: [Position] = []
    for name in names {
      if let first = Segment.firstPosition(ofName: name) {
        firsts.append(first)
      } else if name == Segment.spareName {
        inventory.hasSpare = true
      } else if isStrict {
        throw .corrupt(Corruption(.extraFile, path: folder.segments + "/" + name, offset: 0))
      }
    }
    guard firsts.count <= Segment.countMax else {
      throw .corrupt(
        Corruption(
          .impossible, path: folder.segments, offset: 0, expected: "at most \(Segment.countMax)",
          actual: "\(firsts.count) segments"))
    }
    firsts.sort()
    var predecessor: SegmentFile<D>?
    if let last = known.segments.last {
      guard firsts.starts(with: known.segments.lazy.map(\.firstPosition)) else {
        return try take(disk, folder, isStrict: isStrict)
      }
      firsts.removeFirst(known.segments.count)
      if firsts.isEmpty { return inventory }
      let file = try SegmentFile(disk, path: folder.path(last), expecting: last.logID)
      guard file.segment == last else { return try take(disk, folder, isStrict: isStrict) }
      predecessor = file
    }
    for first in firsts {
      let path = folder.segments + "/" + Segment.name(first)
      let logID = inventory.segments.first?.logID
      let file = try SegmentFile(disk, path: path, expecting: logID)
      try inventory.add(file, named: first, after: predecessor)
      predecessor = file
    }
    return inventory
  }

  private mutating func add<D: Disk>(
    _ file: SegmentFile<D>, named first: Position, after predecessor: SegmentFile<D>?
  ) throws(LogFault) {
    let segment = file.segment
    guard segment.number == UInt32(segments.count) else {
      throw .corrupt(
        Corruption(
          .segmentGap, path: file.path, offset: 32, position: segments.last?.firstPosition,
          expected: "segment \(segments.count)", actual: "segment \(segment.number)"))
    }
    guard segment.firstPosition == first else {
      throw .corrupt(
        Corruption(
          .segmentChain, path: file.path, offset: 40, expected: "position \(first.rawValue)",
          actual: "position \(segment.firstPosition.rawValue)"))
    }
    if let predecessor {
      guard let (header, seal) = try predecessor.finalSeal(endingAt: segment.predecessorLength)
      else {
        throw .corrupt(
          Corruption(
            .seal, path: predecessor.path,
            offset: max(0, segment.predecessorLength - Frame.sealLength),
            position: predecessor.segment.firstPosition, expected: "a seal",
            actual: "other bytes"))
      }
      guard header.nextLink == segment.link, header.batch + 1 == segment.firstBatch,
        seal.next_position == first.rawValue,
        seal.first_position == predecessor.segment.firstPosition.rawValue
      else {
        throw .corrupt(
          Corruption(
            .segmentChain, path: file.path, offset: 48, position: first,
            expected: "the link, frame and position of the predecessor's seal",
            actual: "others"))
      }
      sealedRoot = Digest(words: seal.root)
      sealedIncarnation = header.incarnation
    } else if segment.firstPosition != .zero || segment.firstBatch != 1 || segment.link != 0 {
      throw .corrupt(
        Corruption(.segmentChain, path: file.path, offset: 40, expected: "the beginning of a log"))
    }
    segments.append(segment)
  }
}

extension Inventory {
  /// The root in the seal that ends before a position; nil where no segment begins there.
  func sealedRoot<D: Disk>(
    _ disk: D, _ folder: LogFolder, at position: Position
  ) throws(LogFault) -> Digest? {
    guard let next = segments.firstIndex(where: { $0.firstPosition == position }), next > 0 else {
      return nil
    }
    let (sealed, behind) = (segments[next - 1], segments[next])
    let file = try SegmentFile(disk, path: folder.path(sealed), expecting: sealed.logID)
    guard let (_, seal) = try file.finalSeal(endingAt: behind.predecessorLength) else { return nil }
    return Digest(words: seal.root)
  }

  /// Shows events, frame by frame, up to a position.
  ///
  /// Frames before `from` are hopped over by their headers.
  func read<D: Disk, Failure: Error>(
    _ disk: D, _ folder: LogFolder, from: Position, to: Position,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    guard from < to else { return }
    var index = segments.lastIndex { $0.firstPosition <= from } ?? 0
    while index < segments.count, segments[index].firstPosition < to {
      let path = folder.path(segments[index])
      let file: SegmentFile<D>
      do {
        file = try SegmentFile(disk, path: path, expecting: segments[index].logID)
      } catch { throw .log(error) }
      let next = index + 1 < segments.count ? segments[index + 1].firstPosition : to
      try file.read(from: from, to: min(to, next), body)
      index += 1
    }
  }
}

extension SegmentFile {
  /// Shows the events of this segment between two positions.
  func read<Failure: Error>(
    from: Position, to: Position,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(ReadFailure<Failure>) {
    var chain = segment.chain(incarnation: 0)
    var offset = Segment.framesBegin
    while chain.next < to {
      let found: FrameFound
      do { found = try frame(at: offset, after: chain, hoppingTo: from) } catch {
        throw .log(error)
      }
      guard case .frame(let header) = found else {
        var why = "no frame stands here"
        if case .damaged(let defect) = found { why = defect.sentence }
        throw .log(
          .corrupt(
            Corruption(
              .frame, path: path, offset: offset, position: chain.next,
              expected: "events up to position \(to.rawValue)", actual: why)))
      }
      let after = chain.after(header)
      if header.count > 0, after.next > from {
        let low = Int(max(from.rawValue, header.first_position) - header.first_position)
        let high = Int(min(to.rawValue, after.next.rawValue) - header.first_position)
        do {
          try withEvents(of: header, at: offset, low..<high, body)
        } catch { throw .body(error) }
      }
      chain = after
      offset += header.frameLength
    }
  }
}
