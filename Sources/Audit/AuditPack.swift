// An audit pack: a folder that an auditor takes away, and the note that names every file of it.
//
//   tiles/                      the log up to a signed head (c2sp.org/tlog-tiles)
//   log.vkey                    the log's public keys
//   checkpoints/<20 digits>     heads of fixed moments up to that one
//   policy                      whose signatures count (c2sp.org/tlog-policy)
//   plans/<ID>-v<N>.json        each version of each plan, as it was announced
//   dumps/<NAME>.csv            every table there, with .manifest.json and .manifest.note
//   catalogue/, verify.py       the independent reader and what it reads events by
//   rebuild_root.go             another, of the tiles alone
//   README.md                   what an auditor types
//   pack.note                   written last: a folder without it is no pack
//
// The text of pack.note is `sluice.pack/v1`, then a line `<SHA-256, 64 digits>  <path>` for every
// other file, sorted by the path's bytes, so that `sha256sum -c` reads it as well. It is signed by
// the log's key. A file that is not named there does not belong there.

public import Events
public import Merkle
public import Platform

/// The names in an audit pack.
public enum AuditPack {
  public static let noteName = "pack.note"
  public static let header = "sluice.pack/v1"
  public static let tiles = "tiles"
  public static let head = "tiles/checkpoint"
  public static let checkpoints = "checkpoints"
  public static let policy = "policy"
  public static let plans = "plans"
  public static let dumps = "dumps"
  public static let catalogue = "catalogue"
  public static let reader = "verify.py"
  public static let goReader = "rebuild_root.go"
  public static let readme = "README.md"
  /// How long the note is at most: of a log of 300 million events it has 230 MB.
  public static let noteBytesMax = 1 << 28

  /// Every file below a folder, by its path from there, in the order of the paths' bytes.
  ///
  /// - Parameter isFolder: whether a path is that of a folder.
  public static func files(
    _ root: String, on disk: some Disk, isFolder: (String) throws(Fault) -> Bool
  ) throws(Fault) -> [String] {
    var found: [String] = []
    var folders = [""]
    while let folder = folders.popLast() {
      for name in try disk.list(folder.isEmpty ? root : "\(root)/\(folder)") {
        let path = folder.isEmpty ? name : "\(folder)/\(name)"
        if try isFolder(path) { folders.append(path) } else { found.append(path) }
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// SHA-256 of a file, read piece by piece, and its length.
  public static func digest(
    _ path: String, on disk: some Disk
  ) throws(Fault) -> (digest: Digest, length: Int) {
    let file = try disk.open(path, .read)
    defer { try? disk.close(file) }
    var hash = SHA256()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    var length = 0
    while true {
      var elements = piece.mutableSpan
      var bytes = unsafe elements.mutableBytes
      let held = try disk.readAll(file, into: &bytes, at: length)
      if held == 0 { return (hash.digest(), length) }
      hash.update(unsafe piece.span.extracting(0..<held).bytes)
      length += held
    }
  }

  /// The whole of a file; nil where it is longer than it may be.
  static func contents(
    _ path: String, max limit: Int, on disk: some Disk
  ) throws(Fault) -> [UInt8]? {
    try disk.whole(path, max: limit)
  }
}

/// The list of a pack's files, signed.
public struct PackNote: Sendable {
  /// One file of the pack.
  public struct Entry: Hashable, Sendable {
    public var path: String
    public var digest: Digest

    public init(path: String, digest: Digest) {
      self.path = path
      self.digest = digest
    }
  }

  /// In the order of the paths' bytes.
  public let entries: [Entry]
  public let note: SignedNote

  /// Signs a list.
  ///
  /// - Returns: nil where a path cannot stand in it, or the key signs no notes.
  public init?(_ entries: [Entry], by signer: NoteSigner) {
    let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    guard sorted.allSatisfy({ PackNote.isPath($0.path) }) else { return nil }
    let lines = sorted.map { "\($0.digest.hex)  \($0.path)\n" }
    let text = "\(AuditPack.header)\n\(lines.joined())"
    guard text.utf8.count + SignedNote.bytesMax < AuditPack.noteBytesMax,
      let note = signer.sign(text)
    else { return nil }
    self.entries = sorted
    self.note = note
  }

  /// Reads a note; who signed it is still to be asked.
  ///
  /// - Throws: `PackFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(PackFault) {
    do throws(NoteFault) {
      note = try SignedNote(bytes, bytesMax: AuditPack.noteBytesMax)
    } catch { throw PackFault(line: 0, why: error.description) }
    var entries: [Entry] = []
    let lines = note.text.utf8.dropLast().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines[0].elementsEqual(AuditPack.header.utf8) else {
      throw PackFault(line: 1, why: "it does not begin with \(AuditPack.header)")
    }
    for (index, line) in lines.enumerated().dropFirst() {
      guard let entry = PackNote.entry(String(decoding: line, as: UTF8.self)) else {
        throw PackFault(line: index + 1, why: "it is no SHA-256 with the path of a file")
      }
      if let last = entries.last, !last.path.utf8.lexicographicallyPrecedes(entry.path.utf8) {
        throw PackFault(line: index + 1, why: "its path does not follow the one before it")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  private static func entry(_ line: String) -> Entry? {
    let digits = line.utf8.prefix(64)
    guard digits.count == 64,
      digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let digest = Digest(hex: String(decoding: digits, as: UTF8.self)),
      line.utf8.dropFirst(64).starts(with: "  ".utf8)
    else { return nil }
    let path = String(decoding: line.utf8.dropFirst(66), as: UTF8.self)
    return isPath(path) ? Entry(path: path, digest: digest) : nil
  }

  /// Whether a path leads to a file of the pack and nowhere else.
  private static func isPath(_ path: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return path != AuditPack.noteName && !path.utf8.contains(0x0A)
      && parts.allSatisfy {
        !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
      }
  }

  public var bytes: [UInt8] { note.bytes }
}

/// Why bytes are no list of a pack's files.
public struct PackFault: Error, Hashable, Sendable {
  /// Counted from 1; 0 where it is the note as a whole.
  public var line: Int
  public var why: String
}

/// The documents of plans as events hold them, by the paths that they have in a pack.
public struct PackPlans: Sendable {
  /// In the order of the log.
  public private(set) var documents: [(path: String, bytes: [UInt8])] = []
  private var names: [RolloutNumber: String] = [:]

  public init() {}

  /// Takes an event that has a plan's document in it; every other one is passed over.
  public mutating func take(_ payload: Payload) {
    switch payload {
    case .rolloutAnnounced(let fields):
      let plan = fields.plan.description
      let isFree = !names.contains { $0.key != fields.rollout && $0.value == plan }
      names[fields.rollout] =
        isFree && PackPlans.isName(plan) ? plan : "rollout-\(fields.rollout.rawValue)"
      add(fields.rollout, fields.planVersion, fields.document)
    case .rolloutAmended(let fields): add(fields.rollout, fields.planVersion, fields.document)
    default: break
    }
  }

  private mutating func add(_ rollout: RolloutNumber, _ version: UInt16, _ document: [UInt8]) {
    let name = names[rollout] ?? "rollout-\(rollout.rawValue)"
    let path = "\(AuditPack.plans)/\(name)-v\(version).json"
    documents.removeAll { $0.path == path }
    documents.append((path, document))
  }

  /// Whether a plan's id may be the name of a file anywhere.
  private static func isName(_ text: String) -> Bool {
    !text.hasPrefix(".")
      && text.utf8.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
      }
  }
}
