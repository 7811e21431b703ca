// The signed heads that a log is held against: those in its folder, and those that somebody kept
// elsewhere, which alone can show that nothing was cut off.

import EventLog
import Events
public import Merkle
import Platform

/// Whom a verification believes, and what it was given from outside.
public struct HeadTrust: Sendable {
  /// A signed head that was kept elsewhere.
  public struct Kept: Sendable {
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// The keys whose signatures count; nil: those that the folder itself tells of.
  public var keys: [NoteKey]?
  /// Whom else a head needs; nil: nobody.
  public var policy: TrustPolicy?
  public var kept: [Kept] = []

  public init() {}
}

/// The heads that are held against the roots of a log.
struct HeadCheck {
  private struct Entry {
    var path: String
    var head: SignedCheckpoint
    var isOutside: Bool
  }

  private var entries: [Entry] = []
  /// The first thing that is wrong.
  private(set) var fault: VerifyReport.Damage?
  private(set) var areKeysItsOwn = true
  private(set) var keys: [NoteKey] = []
  /// The keys that the folder tells of, believed or not.
  private(set) var ownKeys: [NoteKey] = []
  private var policy: TrustPolicy?
  private var directory = ""
  /// The names that the log has been signed under.
  private var origins: Set<String> = []
  /// Heads that the log says it does not lead to.
  private var lost: Set<TreeHead> = []
  /// Keys that the log says came into use, with the positions of those events.
  private var named: [(position: Position, key: NoteKey)] = []

  init() {}

  /// Reads what a folder holds and what was given beside it.
  init(_ disk: some Disk, _ directory: String, _ trust: HeadTrust) throws(Fault) {
    let folder = LogFolder(directory)
    self.directory = directory
    ownKeys = try publicKeys(disk, folder)
    areKeysItsOwn = trust.keys == nil && trust.policy == nil
    keys = areKeysItsOwn ? ownKeys : (trust.keys ?? []) + (trust.policy?.logs ?? [])
    policy = trust.policy
    for kept in trust.kept { add(kept.path, kept.bytes, isOutside: true) }
    for path in try HeadCheck.paths(disk, folder) {
      guard let bytes = try HeadCheck.read(disk, path) else { continue }
      add(path, bytes, isOutside: false)
    }
    try checkPrivateKey(disk, folder, ownKeys)
  }

  /// The keys of the folder; a line that is none is a fault.
  private mutating func publicKeys(
    _ disk: some Disk, _ folder: LogFolder
  ) throws(Fault) -> [NoteKey] {
    guard let bytes = try HeadCheck.read(disk, folder.publicKeys) else { return [] }
    var keys: [NoteKey] = []
    var offset = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let isLast = offset + line.count == bytes.count
      if let key = NoteKey(String(decoding: line, as: UTF8.self)) {
        keys.append(key)
      } else if !isLast || !line.isEmpty {
        fail(folder.publicKeys, at: offset, "line \(keys.count + 1) is no public key")
      }
      if isLast, !line.isEmpty { fail(folder.publicKeys, at: offset, "its last line does not end") }
      offset += line.count + 1
    }
    return keys
  }

  /// Where this user may read the private key, it is the public one's, but while a key changes.
  private mutating func checkPrivateKey(
    _ disk: some Disk, _ folder: LogFolder, _ known: [NoteKey]
  ) throws(Fault) {
    guard try !disk.exists(folder.nextPrivateKey), let last = known.last,
      let bytes = try? HeadCheck.read(disk, folder.privateKey)
    else { return }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasSuffix("\n"), let signer = NoteSigner(String(text.dropLast())),
      signer.key == last
    else {
      fail(folder.privateKey, "it is not the private key of the last line of log.vkey")
      return
    }
  }

  /// The files of a folder that hold heads.
  private static func paths(_ disk: some Disk, _ folder: LogFolder) throws(Fault) -> [String] {
    var paths: [String] = []
    for path in [folder.lastSigned, folder.checkpoint] where try disk.exists(path) {
      paths.append(path)
    }
    if try disk.exists(folder.checkpoints) {
      paths += try disk.list(folder.checkpoints).map { "\(folder.checkpoints)/\($0)" }
    }
    return paths
  }

  /// How long such files are at most; what is longer holds no head, and is read no further.
  private static let bytesMax = 1 << 20

  /// The bytes of a small file; nil where there is none.
  static func read(_ disk: some Disk, _ path: String) throws(Fault) -> [UInt8]? {
    guard try disk.exists(path) else { return nil }
    return try disk.whole(path, max: bytesMax) ?? []
  }

  private mutating func add(_ path: String, _ bytes: [UInt8], isOutside: Bool) {
    let head: SignedCheckpoint
    do throws(CheckpointFault) { head = try SignedCheckpoint(bytes) } catch {
      fail(path, "\(error)")
      return
    }
    let name = path.split(separator: "/").last.map { String($0) } ?? ""
    if name.allSatisfy({ $0.isNumber }), UInt64(name) != head.head.size {
      fail(path, "it is named for another size than \(head.head.size)")
    }
    entries.append(Entry(path: path, head: head, isOutside: isOutside))
  }

  private mutating func fail(
    _ path: String, at offset: Int = 0, _ what: String, _ size: UInt64 = 0
  ) {
    guard fault == nil else { return }
    fault = VerifyReport.Damage(path: path, offset: offset, position: Position(size), what: what)
  }

  // MARK: Beside the fold

  /// The sizes at which the root is asked for.
  var sizes: [UInt64] { entries.map { $0.head.head.size } }

  /// Believes the folder's own keys as well: a key that is believed has signed for them.
  mutating func believeOwnKeys() {
    for key in ownKeys where !keys.contains(key) { keys.append(key) }
  }

  mutating func name(_ origin: String) { origins.insert(origin) }

  /// The log says that a key came into use; under another name it says what it has lost.
  mutating func name(_ fields: SigningKeyNamed, at position: Position) {
    origins.insert("\(fields.origin)")
    if let key = NoteKey(name: "\(fields.origin)", publicKey: fields.publicKey) {
      named.append((position, key))
    }
    if fields.lostSize > 0 { lost.insert(TreeHead(size: fields.lostSize, root: fields.lostRoot)) }
  }

  /// Holds every head against the log, once it has ended, the smaller ones first.
  ///
  /// A head that a believed key has signed, and whose root is right, vouches for the keys of the
  /// same name that came into use before it; those that none has signed wait for such a one.
  ///
  /// - Parameters:
  ///   - size: how many events the log has.
  ///   - roots: the roots at the sizes that were asked for, as far as the log reaches.
  /// - Returns: the heads that are true of it.
  mutating func finish(size: UInt64, _ roots: [UInt64: Digest]) -> [VerifyReport.Head] {
    var heads: [VerifyReport.Head] = []
    if entries.isEmpty, fault == nil, !areKeysItsOwn {
      fail(directory, "no signed head is here that the given keys could have signed", size)
    }
    var waiting = entries.sorted { $0.head.head.size < $1.head.head.size }
      // What was kept elsewhere is excused by nothing that the log says of itself.
      .filter { $0.isOutside || !lost.contains($0.head.head) }
    while let index = waiting.firstIndex(where: { objection(to: $0) == nil })
      ?? waiting.indices.first
    {
      let entry = waiting.remove(at: index)
      let head = entry.head.head
      if let objection = objection(to: entry) {
        fail(entry.path, objection, head.size)
        continue
      }
      let origin = entry.head.checkpoint.origin
      guard let root = roots[head.size] else {
        fail(
          entry.path,
          "it was signed at \(head.size) events, and the log has \(size): it was cut off",
          size)
        continue
      }
      guard root == head.root else {
        fail(
          entry.path,
          "it was signed with the root \(head.root.base64), and the events hashed anew give "
            + root.base64, head.size)
        continue
      }
      guard origins.contains(origin) else {
        fail(entry.path, "it is signed under \(origin), and the log has another name", head.size)
        continue
      }
      heads.append(report(entry))
      for (position, key) in named
      where position.rawValue < head.size && key.name == origin && !keys.contains(key) {
        keys.append(key)
      }
    }
    return heads
  }

  /// Why nobody need believe a head; nil where it is signed as it must be.
  private func objection(to entry: Entry) -> String? {
    do throws(CheckpointFault) { _ = try entry.head.signers(among: keys) } catch {
      return "\(error)"
    }
    guard let policy, entry.isOutside || isLatest(entry) else { return nil }
    return policy.objection(to: entry.head)
  }

  /// Whether it is what a policy is asked of where nothing was kept elsewhere.
  private func isLatest(_ entry: Entry) -> Bool {
    guard !entries.contains(where: { $0.isOutside }) else { return false }
    return entry.head.head.size == entries.map { $0.head.head.size }.max()
  }

  private func report(_ entry: Entry) -> VerifyReport.Head {
    let signers = (try? entry.head.signers(among: keys)) ?? []
    let witnesses = policy?.witnesses.map { $0.key } ?? []
    let cosigners = (try? entry.head.note.signers(among: witnesses)) ?? []
    return VerifyReport.Head(
      path: entry.path, size: entry.head.head.size, signers: signers.map { $0.label },
      cosigners: cosigners.count, isOutside: entry.isOutside)
  }
}
